//go:build !nolock1

package store

// orAnybody is what lists ask beside "is it theirs": nothing. The proof has a
// build without lock 1 (-tags nolock1), in which everybody's is listed.
const orAnybody = ""

// ownedBy is to whom a list belongs that shows what somebody owns: to the owner.
const ownedBy = "c.owner"
