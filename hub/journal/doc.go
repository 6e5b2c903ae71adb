// Package journal is the access journal: who watched, played, exported, shared,
// signed in and was refused, written so that a row that is later deleted,
// changed or put in is found and named.
//
// # Rows
//
// A row is an Entry with a number, seq, from 1 without a gap. Its hash is
//
//	HMAC-SHA-256(K, bind("lares journal v1", hash of the row before 32, seq u64, at u64,
//	  kind, account, via, session, camera, owner, object, other,
//	  count u64, bytes u64, span u64, place, detail))
//
// with at and span in milliseconds, ids of 16 bytes or, where there is none, of
// no bytes, and 32 zero bytes before the first row (bind: VAULT §1.2). K is
// HMAC-SHA-256(sealing key of the hub, "lares journal key v1"): who has the
// database and not hub.key can make no hash that fits. Rows of the hub that a
// restored one was before have its K; none of them follows a row of a later hub.
//
// Where rows stand that the hub did not write, it goes past their numbers,
// chains its next row to its own last one, and counts a crossing "journal".
//
// # Rows that wait
//
// What gives or takes a right, and a sign-in, is written in the transaction that does
// it (Journal.Due), into the table journal_due: a hub that is killed after the commit
// lost nothing. Whatever transaction writes rows next takes all that wait with it, in
// their order, and empties the table; a start does so before anything else is
// written. A row that waits has the columns of a row, its place n among them for seq,
// and for its hash
//
//	HMAC-SHA-256(K, bind("lares journal due v1", seq u64 of the newest row, what a row
//	  with seq n after that row is summed of))
//
// Where there is no row yet, seq and hash are zero. So who has the database alone can
// neither make one, nor change one, nor put one back that waited once: it is left out,
// and counted as a crossing "journal".
//
// How many wait is noted in the same transaction (setting journal-waits): seq u64 and
// hash 32 of the hub's newest row, how many u64, and
//
//	HMAC-SHA-256(K, bind("lares journal waits v1", seq u64, hash, how many u64))
//
// A commit of rows sets it back to none, after its newest row. So whichever of them
// are taken out before the hub comes to them, it counts a crossing "journal", and
// Verify says how many are gone; a note that is made up, or of before the newest
// commit, is one too. A crash leaves rows and note as one commit left them. Without
// any note, as before the first start of a hub that writes one, a start says so in a
// row (kind "lost", count 0), and accuses nobody.
//
// It cannot show that somebody kept a copy of the note who read the database within
// the moment (150 ms, as a rule) in which fewer waited behind the same row, and put
// rows and note back to that: that is what a crash before the later commit leaves,
// and a count outside of the database, written before the commit, would accuse after
// such a crash, written after it, would come no sooner than the heads do.
//
// # Heads
//
// The file journal.heads, in the data folder and outside the database, is
// appended and synced with each committed batch of rows. A record is
//
//	magic "LARHEAD1" | kind u8 | hub 16 | time (unix ms) u64 | seq u64 | count u16 | count × hash 32 | signature 64
//
// Kind 1 is a batch: seq is its newest row, and the hashes are those of its
// rows, oldest first. Kind 2 is a checkpoint: seq and the one hash are of the
// newest row that retention removed. Kind 3 is like kind 1, of rows that were
// found without a head at a start. The signature is the hub's over all before
// it (context "lares journal head v1"). Records of the oldest batches are
// dropped with time; the newest 65,536 hashes and the newest checkpoint stay.
//
// A record torn by a power cut is dropped at the next start. A cut between
// commit and record leaves rows that are newer than the newest head: they are
// signed at the next start if the hub wrote them, and a row says how many. A seq
// among the signed ones that no head speaks of was put in.
//
// # What stood, and checks
//
// Each day in which something was written, and each 10,000 rows, rows of kind
// "standing" say what stands: whose the cameras are, which grants, links and tokens
// hold, who came by those links, and which views are open. The hub finds that by reading
// the rows since the last time as Verify does; rows that it did not write count for
// nothing, and if any row was wrong, that is said too, for good. Nobody's page lists
// these rows. Retention removes rows up to one after which something is said to
// stand, so that no grant is forgotten with its row. Rows of another version, which
// mean something else, are passed over, as if they were not there.
//
// A check (Journal.Check) of what was delivered since a time begins with the newest
// such rows from before it. It verifies: their keyed hashes; each row after the one
// they speak of, by its keyed hash, the row before it and the signed heads, without
// a gap up to the newest signed one; and the signatures of the heads of these rows.
// What the rows before look like now it does not verify: what they meant was written
// down when they were read. A delivery that began before is judged from there on.
// Verify, and a check of the whole, read from the first row.
//
// Rows are placed on a timeline that follows their order: a row that is written when it
// happens and whose time is before the latest so far is put after it, and the rows that
// follow with it. When a grant expires, the clock of the row says.
//
// A hub that was killed leaves views without an end. The next start finds them from
// what stood and the rows after it, and ends each with a row whose detail says
// "cut_short": its time is that of the last row before the start, a sign of life.
//
// It shows edits of the files. It does not show a lie of the running hub, and
// not the removal of the newest rows together with their heads: that is why the
// owner's browser remembers the last head it saw, and asks for its row.
package journal
