package aac

// reader takes bits, the highest first. Behind the end there are zeros, and it is over.
type reader struct {
	data []byte
	at   int // in bits
}

func (r *reader) take(bits int) (v int) {
	for range bits {
		v <<= 1
		if i := r.at / 8; i < len(r.data) {
			v |= int(r.data[i] >> (7 - r.at%8) & 1)
		}
		r.at++
	}
	return v
}

func (r *reader) skip(bits int) { r.at += bits }

// align goes on to the next octet.
func (r *reader) align() { r.at = (r.at + 7) / 8 * 8 }

// over says that more was taken than there is.
func (r *reader) over() bool { return r.at > 8*len(r.data) }

// step is the next word of the codebook of scale factors: how far this one is from that
// before.
func (r *reader) step() int { return r.word(tree) - farthest }

// word is the place of the next word in the codebook of a tree.
func (r *reader) word(tree [][2]int16) int {
	node := int16(0)
	for {
		next := tree[node][r.take(1)]
		if next <= 0 {
			return int(-next)
		}
		node = next
	}
}

// tree is that of steps.
var tree = grow(steps[:])

// grow makes a tree that leads from bit to bit of words to another node, or to the word's place,
// negated. No word is behind the root, which is why 0 is a place.
func grow(words []code) [][2]int16 {
	t := make([][2]int16, len(words))
	nodes := int16(1)
	for place, c := range words {
		node := int16(0)
		for bit := int(c.bits) - 1; bit >= 0; bit-- {
			next := &t[node][c.word>>bit&1]
			if bit == 0 {
				*next = -int16(place)
				break
			}
			if *next == 0 {
				*next = nodes
				nodes++
			}
			node = *next
		}
	}
	return t
}
