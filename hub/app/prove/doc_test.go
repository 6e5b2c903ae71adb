// Package prove tries to make the wires of a real hub cross, and shows that
// they do not: `make prove`.
//
// One process is the hub under test. This one is everything else: 32 fake
// cameras of 8 accounts, 400 clients over TLS, and the checker, which reads
// every byte of every answer. It knows what each camera shows (mark_test.go)
// and who was granted what, when (truth_test.go), and it shares no code with
// the hub that says who may see what.
//
//	mark_test.go      what gives a camera away: in its pictures, texts and names
//	truth_test.go     the grants, with the times of their commits
//	wire_test.go      an HTTP client that costs little
//	socket_test.go    a WebSocket client
//	check_test.go     what an answer holds, and of whom
//	verb_test.go      what clients ask for
//	client_test.go    the clients
//	count_test.go     what was counted
//	hub_test.go       the hub under test, its build variants and its limits
//	cast_test.go      the accounts, cameras and grants
//	prove_test.go     the phases; those that need more have files of their own
//	judge_test.go     what a phase may not have
//	lockone_test.go   what happens when the database says something wrong of who may see
//	turnover_test.go  other passwords, keys and owners meanwhile
//	mutants_test.go   the product with a line taken away
//	race_test.go      the same, smaller, of a hub that looks for races
//	table_test.go     the table
package prove
