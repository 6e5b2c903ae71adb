// Package evidence writes and checks evidence bundles: what was recorded, with all that
// somebody needs who was not there to see that not a byte of it was changed since the hub
// gave it out. It needs no hub and no key of a clip.
//
// # Format
//
// A bundle is a ZIP archive (APPNOTE.TXT 6.3.9) that every byte of follows from its
// manifest, so that a changed byte is one that differs, wherever it lies:
//
//   - its entries are the files of the manifest in that order, "manifest.json" and
//     "manifest.sig"; nothing lies before, between or behind them, and none has an extra
//     field or a comment;
//   - each is in method 8 (RFC 1951) in stored blocks of 65,535 bytes, the last one
//     shorter; sizes and CRC-32 follow in a data descriptor with its signature;
//   - each has the date of the manifest's making, UTC, in MS-DOS form;
//   - names are of a–z, 0–9, dot, dash and slash. The whole is smaller than 4 GiB.
//
// The manifest is JSON as Manifest marshals it: of each file the size, CRC-32, SHA-256 and
// the SHA-256 of each of its blocks. manifest.sig is 64 bytes: Ed25519ctx with the hub
// identity, sign("lares evidence bundle v1", manifest).
//
// So where bytes were put in or taken out, the manifest shows by where it lies how many: what
// follows them is compared there.
//
// Of a bundle that somebody unpacked and packed anew, in whatever ZIP, the manifest says of each
// file whether it is as it was; the archive is not the hub's then, and holds nothing that was signed.
//
// What was recorded is there twice: as sealed files, byte for byte as they lie on the hub,
// which was signed when they were written and which no key is given out for, and as the
// videos that were in them, for which the hub vouches by its signature.
package evidence
