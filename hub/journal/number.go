package journal

import (
	"encoding/binary"

	"lares/hub/store"
)

// The number of a row counts all rows, and so tells what others' deeds there were
// between two of an account's own. Towards an account its rows have numbers that say
// nothing: the bits of the row's, put through a Feistel network of four rounds whose
// key is of the hub's journal and the account.
const (
	numberHalf = 24 // bits; both together fit a number of JSON
	numberMask = 1<<numberHalf - 1
	rounds     = 4
)

// Number is what a row is called towards an account.
func (j *Journal) Number(who store.AccountID, seq int64) int64 {
	left, right := uint32(seq>>numberHalf)&numberMask, uint32(seq)&numberMask
	for round := range rounds {
		left, right = right, left^j.scatter(who, round, right)
	}
	return int64(left)<<numberHalf | int64(right)
}

// row is the row that Number calls so.
func (j *Journal) row(who store.AccountID, number int64) int64 {
	left, right := uint32(number>>numberHalf)&numberMask, uint32(number)&numberMask
	for round := rounds - 1; round >= 0; round-- {
		left, right = right^j.scatter(who, round, left), left
	}
	return int64(left)<<numberHalf | int64(right)
}

// scatter is the function of one round: 24 bits.
func (j *Journal) scatter(who store.AccountID, round int, half uint32) uint32 {
	const what = "lares number of a journal's row"
	text := make([]byte, 0, len(what)+len(who)+5)
	text = append(append(append(text, what...), who[:]...), byte(round))
	text = binary.BigEndian.AppendUint32(text, half)
	sum := j.chain.Sum(j.chain.Ages()-1, text)
	return binary.BigEndian.Uint32(sum[:4]) & numberMask
}
