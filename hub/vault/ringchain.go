package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// The groups of a keyring are a chain: each is authenticated with a key that
// only hub.key gives, over its number, the group before and its own records. Who
// may write to a pool can cut groups off the end, which the database notices,
// and nothing else.
//
// A group begins with a record of its own: how many records follow u32, its
// number from 1 on u64, the hub that wrote it 16, and the code 32.
const (
	groupLabel = "lares keyring group v1"
	groupSize  = 4 + 8 + 16 + sha256.Size
)

// ringKey authenticates what a hub writes to keyrings.
func ringKey(sealing []byte) []byte {
	m := hmac.New(sha256.New, sealing)
	m.Write([]byte("lares keyring key v1"))
	return m.Sum(nil)
}

// group is the head of what one transaction wrote.
type group struct {
	count  uint32
	number uint64
	hub    media.HubID
	code   [sha256.Size]byte
}

// codeOf authenticates a group of these records, as they stand in the file.
func (g group) codeOf(key []byte, before [sha256.Size]byte, records []byte) [sha256.Size]byte {
	sum := sha256.Sum256(records)
	m := hmac.New(sha256.New, key)
	m.Write(seal.Bind(groupLabel, g.hub[:], seal.U64(g.number), before[:], seal.U32(g.count), sum[:]))
	return [sha256.Size]byte(m.Sum(nil))
}

func (g group) entry() entry {
	b := binary.BigEndian.AppendUint32(nil, g.count)
	b = binary.BigEndian.AppendUint64(b, g.number)
	b = append(b, g.hub[:]...)
	return entry{entryGroup, append(b, g.code[:]...)}
}

func parseGroup(e entry) (g group, ok bool) {
	if e.kind != entryGroup || len(e.payload) != groupSize {
		return g, false
	}
	g.count, g.number = binary.BigEndian.Uint32(e.payload), binary.BigEndian.Uint64(e.payload[4:])
	g.hub, g.code = media.HubID(e.payload[12:28]), [sha256.Size]byte(e.payload[28:])
	return g, true
}

// link is where a chain stands after a group.
type link struct {
	end    int64
	number uint64
	hub    media.HubID
	code   [sha256.Size]byte
}

// noteSize is what the database keeps of each keyring: how far it reaches u64,
// and the code of the last group there 32.
const noteSize = 8 + sha256.Size

// note appends what the database keeps of a link.
func (l link) note(b []byte) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(l.end)), l.code[:]...)
}

func parseNote(b []byte) link {
	return link{end: int64(binary.BigEndian.Uint64(b)), code: [sha256.Size]byte(b[8:noteSize])}
}

// firstLink is where the chain of a keyring begins: at its header.
func firstLink(header []byte) link {
	return link{end: int64(len(header)), hub: media.HubID(header[len(ringMagic):ringHeader]), code: sha256.Sum256(header)}
}

// chain returns the groups that this hub, or one that it was before, wrote one
// after the other: their links, the header's first, and their records. Forged
// says that what follows is no group of that kind. A last group that is not whole
// is what a power cut leaves: its transaction was not committed, and an epoch
// without all its wraps would be recorded under and opened by nobody.
func (k hubKey) chain(b []byte, entries []placed) (links []link, whole []placed, forged bool) {
	at := firstLink(b[:ringHeader])
	links = append(links, at)
	for i := 0; i < len(entries); {
		g, ok := parseGroup(entries[i].entry)
		if ok && int64(g.count) > int64(len(entries)-1-i) {
			return links, entries[:i], false
		}
		sealing, known := k.sealingOf(g.hub)
		if !ok || !known || !k.follows(g.hub, at.hub) || g.number != at.number+1 {
			return links, entries[:i], true
		}
		next := i + 1 + int(g.count)
		end := entries[next-1].end
		code := g.codeOf(ringKey(sealing), at.code, b[entries[i].end:end])
		if !hmac.Equal(code[:], g.code[:]) {
			return links, entries[:i], true
		}
		at = link{end, g.number, g.hub, code}
		links = append(links, at)
		for ; i < next; i++ {
			entries[i].group = g.number
		}
	}
	return links, entries, false
}

// next is the group of these records that follows a link, as bytes, and the link
// after it.
func (k hubKey) next(at link, entries []entry) ([]byte, link) {
	var records []byte
	for _, e := range entries {
		records = e.append(records)
	}
	g := group{count: uint32(len(entries)), number: at.number + 1, hub: k.hub}
	g.code = g.codeOf(ringKey(k.sealing), at.code, records)
	b := append(g.entry().append(nil), records...)
	return b, link{at.end + int64(len(b)), g.number, k.hub, g.code}
}
