// Package sealed reads and writes sealed clip files, byte for byte as below.
// It never opens a clip: whoever holds the clip key uses seal.Records.
//
// # Format
//
// A file is a header, records, and one end record. All integers are big-endian.
// bind is seal.Bind, sign is Ed25519ctx with the hub identity (seal.Sign).
//
//	header     1314 bytes
//	  magic       8   "LARCLIP1"
//	  version   u16   0 (1 once the format is final)
//	  hub        16
//	  camera     16
//	  kid        16   the store key, seal.KID(camera, seal.Store, public)
//	  clip       16
//	  start     i64   wall clock of media time 0, Unix nanoseconds
//	  key      1168   the clip key sealed to the store key, seal.ClipBinding
//	  signature  64   sign("lares clip header v1",
//	                       bind("lares clip header v1", all 1250 bytes before))
//
//	record
//	  head       22
//	    type     u8   1 init, 2 fragment, 3 thumbnail, 4 preview, 5 event,
//	                  6 index, 7 small picture, 255 end
//	    flags    u8   bit 0: the fragment starts with a sync picture;
//	                  bit 1: the init segment has a track in G.711;
//	                  bit 2, of the init segment: the file was recorded while
//	                  no event went on; bit 3, of the init segment: it is the
//	                  sub stream, recorded beside the main one; others zero
//	    seq     u32   0, 1, 2 … without a hole
//	    time    u64   media time, 90 kHz
//	    duration u32  90 kHz
//	    length  u32   of ciphertext and tag, at most 32 MiB
//	  crc       u32   CRC-32C of head ‖ ciphertext ‖ tag
//	  ciphertext      ChaCha20-Poly1305 under the clip key,
//	  tag        16   nonce 0⁸ ‖ u32 seq, AAD SHA-256(header) ‖ head
//
//	index      the plaintext of a record of type 6, in a clip with G.711
//	  version    u8   1
//	  count     u32   of the fragments before it
//	  growth    u32   for each of them, in file order: by how many bytes
//	                  it grows when its G.711 becomes FLAC
//
//	preview    the plaintext of a record of type 4
//	  version    u8   1
//	  count      u8   of the pictures, 1 to 64
//	  entry           for each of them, by their times
//	    time    u64   media time, 90 kHz
//	    length  u32   of the file
//	  files           a JPEG for each, in that order, nothing between
//
//	end        135 bytes: a record with type 255, flags 0, seq = count,
//	           time = where the media ends, duration 0, length 109,
//	           whose payload is clear:
//	  state      u8   1 complete, 2 recovered, 3 cut
//	  count     u32   records before it
//	  bytes     u64   bytes before it
//	  sum        32   SHA-256 of all bytes before it
//	  signature  64   sign("lares clip end v1",
//	                       bind("lares clip end v1", head, the 45 bytes before))
//
// Nothing follows the end. The first record is the init segment. Any record
// opens alone; the heads, readable without a key, are authenticated when their
// record is opened and, all together, by the end.
//
// Of several thumbnails the last one counts; its time is when it was taken. So
// it is with small pictures, and one that lies before the last thumbnail is of
// another.
//
// Players do not know G.711, so whoever plays such a clip turns it into FLAC.
// The index says how long the result is before anything but the init segment
// was opened. It is the last record before the end; a clip that was not ended
// by its recorder has none, and its fragments have to be opened once instead.
//
// A header whose signature does not verify is foreign: anybody who has the
// store key's public half can seal a clip that opens, so such a file is listed
// and never played. A file without a valid end is open, if its index row says
// so, and else damaged: it plays as far as its tags hold and is never signed
// again. The end at the tail says whether a file is whole (ReadEnd); only
// reading all of it says whether it is unchanged (Check).
//
// # Vector
//
// testdata/clip.lar is a whole file that another implementation must reproduce
// byte for byte: Ed25519 seed 32 × 07, hub 01 00…, camera 02 00…, kid 03 00…,
// clip 04 00…, start 2026-01-02 03:04:05.000000678 UTC, sealed clip key
// 1168 × 05 (nothing opens it), clip key 00 01 … 1f. Record i holds
// 30 + 47·i bytes of hex 40 + i: init, event, six fragments of a second each,
// the first and every other one with an IDR, and a thumbnail at media time
// 90000. The file ends complete.
package sealed
