package journal

import (
	"encoding/json"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// Kind says what happened.
type Kind string

// The kinds of entries. A delivery has a start, written at once, and an end
// with bytes and duration.
const (
	SignIn        Kind = "sign-in"
	SignInRefused Kind = "sign-in-refused"
	SignOut       Kind = "sign-out"
	SessionEnded  Kind = "session-ended"
	Password      Kind = "password"
	RecoveryCode  Kind = "recovery-code"
	Recovered     Kind = "recovered"
	TOTP          Kind = "totp"
	Rotated       Kind = "rotated"

	AccountMade    Kind = "account-made"
	AccountRemoved Kind = "account-removed"
	Invited        Kind = "invited"
	Operator       Kind = "operator"
	Quota          Kind = "quota" // how much the recordings of Other may take; Detail says it

	CameraAdded   Kind = "camera-added"
	CameraRemoved Kind = "camera-removed"
	CameraMoved   Kind = "camera-moved" // followed to another address
	// CameraNotThere says that what claims to be a camera at an address is not.
	CameraNotThere Kind = "camera-not-there"
	CameraAccess   Kind = "camera-access" // how it is reached; Detail says whether password and address
	CameraRenamed  Kind = "camera-renamed"
	CameraMotion   Kind = "camera-motion" // what counts of that which moves; Detail says how much of the picture
	CameraSound    Kind = "camera-sound"  // what is listened for; Detail says whether the hub listens
	EventRule      Kind = "event-rule"    // when events begin; Detail says by what
	// RecordingPlan is what is recorded; Detail says in which mode, and whether with sound.
	RecordingPlan Kind = "recording-plan"
	// CameraPool is to which media pool; Detail names it.
	CameraPool Kind = "camera-pool"
	// CameraRetention is how long its recordings stay; Detail says how long.
	CameraRetention Kind = "camera-retention"
	// CameraDetector says that pictures of its events go to a detector, or no more; Detail
	// says which, and whether to another address than before.
	CameraDetector Kind = "camera-detector"
	// CameraAccepted says that another device is the camera; Detail says by what it is
	// recognised.
	CameraAccepted Kind = "camera-accepted"
	Privacy        Kind = "privacy"  // off the air, on again, or at other times
	Turned         Kind = "turned"   // by PTZ, once for a while
	Adjusted       Kind = "adjusted" // its picture
	Switched       Kind = "switched" // an output of it
	Rebooted       Kind = "rebooted"
	Granted        Kind = "granted"
	Revoked        Kind = "revoked"
	Expired        Kind = "expired"
	Confirmed      Kind = "confirmed"
	Offered        Kind = "offered"
	Transferred    Kind = "transferred"
	Declined       Kind = "declined"

	Away Kind = "away" // or at home; Detail says which

	TokenMade  Kind = "token-made"
	TokenEnded Kind = "token-ended"
	LinkMade   Kind = "link-made"
	LinkEnded  Kind = "link-ended"

	Live       Kind = "live"
	LiveEnd    Kind = "live-end"
	Clip       Kind = "clip"
	ClipEnd    Kind = "clip-end"
	Thumbnails Kind = "thumbnails"
	Glimpse    Kind = "glimpse" // pictures of a look at a device that is no camera yet; Detail says at which address
	Export     Kind = "export"
	ExportEnd  Kind = "export-end"
	Guest      Kind = "guest"
	GuestEnd   Kind = "guest-end"
	Events     Kind = "events"
	Detected   Kind = "detected" // pictures of events went to the camera's detector
	// DetectorTried says that somebody asked whether a detector answers, at an address
	// that only they know.
	DetectorTried Kind = "detector-tried"
	Talk          Kind = "talk" // somebody's voice goes out through the camera
	TalkEnd       Kind = "talk-end"
	Starred       Kind = "starred"
	Unstarred     Kind = "unstarred"
	Deleted       Kind = "deleted"

	Denied   Kind = "denied"  // asked for what is not theirs, or not there
	Refused  Kind = "refused" // a crossed wire
	Lockdown Kind = "lockdown"
	Lifted   Kind = "lifted"
	// LockedOut and LetIn say that a lockdown of the whole hub shut an account out, and
	// that it is over: to that account alone, each by a row of its own.
	LockedOut Kind = "locked-out" // Count sessions of it ended
	LetIn     Kind = "let-in"     // Span is how long it was shut out
	Incident  Kind = "incident"   // somebody ran the check

	Backup            Kind = "backup"
	Restored          Kind = "restored"
	Repaired          Kind = "repaired" // with "listed": only recordings, the database was whole
	RolledBack        Kind = "rolled-back"
	ConfirmedRollback Kind = "confirmed-rollback"
	Standing          Kind = "standing" // what stood, for checks: nobody is shown it
	Pruned            Kind = "pruned"   // old rows went; Count
	Resigned          Kind = "resigned" // rows that no head had signed were found at start; Count
	Lost              Kind = "lost"     // entries that could not be written; Count
)

// Via says through what somebody acted.
type Via string

// The ways.
const (
	ViaSession Via = "session"
	ViaToken   Via = "token"
	ViaGuest   Via = "guest"
	ViaConsole Via = "console"
	ViaHub     Via = "hub" // the hub by itself
)

// Entry is something that happened. Only Kind is required; ids of any kind can
// be assigned to Session and Object.
type Entry struct {
	Seq     int64     // given by the journal
	At      time.Time // zero is now
	Kind    Kind
	Account store.AccountID // who did it; zero for a guest, the console and the hub itself
	Via     Via             // "" is ViaSession with a session, else ViaHub
	Session [16]byte        // the login session, token or guest
	Camera  media.CameraID
	Owner   store.AccountID // of the camera; filled in by the journal if zero
	Object  [16]byte        // clip, event, link, token, session or transfer
	Other   store.AccountID // the other account it is about
	Count   int64           // of what was seen or tried
	Bytes   int64           // delivered
	Span    time.Duration   // how long it went on, up to At
	Place   string          // remote address
	// Detail holds whatever else matters: no names of cameras or people, no
	// secrets. At most a few hundred bytes.
	Detail map[string]any
}

const (
	maxDetail = 4 << 10 // bytes
	maxPlace  = 64
)

// row makes the entry's row, without seq and hash.
func (e Entry) row() store.JournalRow {
	r := store.JournalRow{
		At: e.At.Truncate(time.Millisecond), Kind: string(e.Kind), Account: e.Account, Via: string(e.Via), Session: e.Session,
		Camera: e.Camera, Owner: e.Owner, Object: e.Object, Other: e.Other,
		Count: e.Count, Bytes: e.Bytes, Span: e.Span.Truncate(time.Millisecond), Place: e.Place,
	}
	if r.Via == "" {
		r.Via = string(ViaHub)
		if r.Session != [16]byte{} {
			r.Via = string(ViaSession)
		}
	}
	r.Place = r.Place[:min(len(r.Place), maxPlace)]
	if len(e.Detail) > 0 {
		b, err := json.Marshal(e.Detail)
		if err != nil || len(b) > maxDetail {
			b = []byte(`{"left_out":true}`)
		}
		r.Detail = string(b)
	}
	return r
}

// entry reads a row.
func entry(r store.JournalRow) Entry {
	e := Entry{
		Seq: r.Seq, At: r.At, Kind: Kind(r.Kind), Account: r.Account, Via: Via(r.Via), Session: r.Session, Camera: r.Camera,
		Owner: r.Owner, Object: r.Object, Other: r.Other, Count: r.Count, Bytes: r.Bytes, Span: r.Span, Place: r.Place,
	}
	if r.Detail != "" && json.Unmarshal([]byte(r.Detail), &e.Detail) != nil {
		e.Detail = map[string]any{"unreadable": true}
	}
	return e
}

// label begins what a row's hash is made of.
const label = "lares journal v1"

// chained is what a row's hash is made of; see the package comment.
func chained(before [32]byte, r store.JournalRow) []byte {
	id := func(id [16]byte) []byte {
		if id == [16]byte{} {
			return nil
		}
		return id[:]
	}
	num := func(n int64) []byte { return seal.U64(uint64(n)) }
	return seal.Bind(label, before[:], num(r.Seq), num(r.At.UnixMilli()),
		[]byte(r.Kind), id(r.Account), []byte(r.Via), id(r.Session), id(r.Camera), id(r.Owner), id(r.Object), id(r.Other),
		num(r.Count), num(r.Bytes), num(r.Span.Milliseconds()), []byte(r.Place), []byte(r.Detail))
}
