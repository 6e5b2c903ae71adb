package g711

import "testing"

// TestTables holds single values against ITU-T G.711: the ends of tables 1 and 2,
// the quiet octets, and a few in between.
func TestTables(t *testing.T) {
	for _, c := range []struct {
		law    Law
		sample int16
		octet  byte
	}{
		{A, 0, 0xd5}, {A, 15, 0xd5}, {A, 16, 0xd4}, {A, -1, 0x55}, {A, -16, 0x55}, {A, -17, 0x54},
		{A, 32767, 0xaa}, {A, -32768, 0x2a}, {A, 256, 0xc5}, {A, 511, 0xca}, {A, 512, 0xf5}, {A, 1000, 0xfa},
		{Mu, 0, 0xff}, {Mu, 3, 0xff}, {Mu, 4, 0xfe}, {Mu, -4, 0x7e}, {Mu, 32767, 0x80}, {Mu, -32768, 0x00}, {Mu, 1000, 0xce}, {Mu, -1000, 0x4e},
	} {
		if got := c.law.Append(nil, c.sample); got[0] != c.octet {
			t.Errorf("law %d: %d is %#x, not %#x", c.law, c.sample, got[0], c.octet)
		}
	}
	if A.Silence() != 0xd5 || Mu.Silence() != 0xff {
		t.Errorf("silence %#x %#x", A.Silence(), Mu.Silence())
	}
}

// TestEveryOctet: what an octet expands to becomes the same octet again. The
// µ-law has two for zero.
func TestEveryOctet(t *testing.T) {
	for _, law := range []Law{A, Mu} {
		for o := range 256 {
			if got := law.Append(nil, law.Expand(byte(o)))[0]; got != byte(o) && (law != Mu || o != 0x7f) {
				t.Errorf("law %d: %#x becomes %d, becomes %#x", law, o, law.Expand(byte(o)), got)
			}
		}
	}
}

// TestEverySample: each sample is put into an interval that is no further from it
// than half of the interval's width (a sixteenth of its segment), and louder is
// never quieter.
func TestEverySample(t *testing.T) {
	for _, law := range []Law{A, Mu} {
		before := law.Expand(law.Append(nil, -32768)[0])
		for s := -32768; s <= 32767; s++ {
			got := law.Expand(law.Append(nil, int16(s))[0])
			off, loud := int(got)-s, s
			if off < 0 {
				off = -off
			}
			if loud < 0 {
				loud = -loud
			}
			if most := max(loud/32+8, 8); off > most && loud < clip {
				t.Fatalf("law %d: %d becomes %d", law, s, got)
			}
			if got < before {
				t.Fatalf("law %d: %d becomes %d after %d", law, s, got, before)
			}
			before = got
		}
	}
}
