// Package fault swaps, in a build made for the proof (-tags crossfault), the
// result of a lookup with another tenant's at a set rate, the way a confused
// cache or a stale index would. Each place where results could cross asks for it:
//
//	if fault.On {
//		row = fault.Swap(fault.Session, row.Account.String(), row)
//	}
//
// Without the tag On is the constant false, so that nothing of it is compiled.
// Whatever is swapped must be refused, and counted under the same site:
// crossed_wire_refused_total. The names of the sites are those of the counters.
package fault

// Site names a lookup; its refusals are counted under the same word.
type Site string

// The sites. A WebRTC peer joins them when there is one.
const (
	Session          Site = "session"         // login session by token
	Scope            Site = "scope"           // its scope
	Account          Site = "account"         // its account
	Token            Site = "token"           // API token by its secret
	Guest            Site = "guest"           // guest by cookie
	Camera           Site = "camera"          // camera row of an admission
	Grant            Site = "grant"           // grant row of an admission
	ClipRow          Site = "clip row"        // clip by id
	EventRow         Site = "event row"       // event by id
	EventPage        Site = "event page"      // event with its clips
	EventList        Site = "event list"      // page of events
	Search           Site = "event search"    // events that a search looks through
	SessionWrap      Site = "session wrap"    // wrap of an account's secret
	EpochWrap        Site = "epoch wrap"      // wrap of an epoch key
	EpochRecord      Site = "epoch record"    // epoch of a clip
	IndexKey         Site = "index key"       // index key of an event text
	FilePath         Site = "file path"       // path of a clip
	FileOpen         Site = "clip header"     // file behind that path
	RecordOffset     Site = "record offset"   // place of a record in a file
	Buffer           Site = "record"          // buffer of a record's ciphertext
	Download         Site = "download"        // ticket of a download
	Wire             Site = "wire"            // hijacked connection of a socket
	WireSession      Site = "wire session"    // writer of a response
	Registry         Site = "socket registry" // socket of a session or account
	FanOut           Site = "fan-out reader"  // live subscription
	Run              Site = "run"             // run of a live unit
	ThumbnailPage    Site = "thumbnail page"  // entry of a page of thumbnails
	JournalTarget    Site = "journal target"  // whom a journal row is about
	JournalList      Site = "journal list"    // page of the journal
	StoreKey         Site = "store key"       // epoch public key at sealing
	WorkerPipe       Site = "worker pipe"     // message of a worker
	WorkerSpawn      Site = "worker spawn"    // key of a worker's start
	CameraAccess     Site = "camera access"   // address and credentials
	CameraWorker     Site = "camera worker"   // who a camera's orders, voices and state go through
	CameraPlace      Site = "camera place"    // where a camera that does not answer seems to be
	OrderAnswer      Site = "order answer"    // what a worker says of an order
	Probe            Site = "probe"           // look at a device by id
	VoiceRegistry    Site = "voice registry"  // voice of a session or account
	Watchers         Site = "watchers"        // who watches an owner's cameras
	Detector         Site = "detector"        // whose picture a detector is shown
	ExitRow          Site = "exit row"        // where a camera's pictures may go
	PrivacyRow       Site = "privacy row"     // when a camera is off the air
	EventRuleRow     Site = "event rule"      // when events begin at a camera
	RecordingPlanRow Site = "recording plan"  // what of a camera is recorded
	AwayRow          Site = "away row"        // whether an owner is away
	CameraMotion     Site = "camera motion"   // what counts of that which moves before a camera
	CameraSound      Site = "camera sound"    // what is listened for at a camera

	// Lists of an account's, beside those of events and the journal.
	CameraList   Site = "camera list"   // cameras that it may see, or one
	LinkList     Site = "link list"     // guest links
	TokenList    Site = "token list"    // API tokens
	TokenCameras Site = "token cameras" // what these may do
	TransferList Site = "transfer list" // offers of cameras
	GrantList    Site = "grant list"    // with whom a camera is shared
	SessionList  Site = "session list"  // login sessions
	NoticeList   Site = "notice list"   // what it is told
	ExitList     Site = "exit list"     // where pictures of its cameras may go
	ClipList     Site = "clip list"     // what is recorded of a camera
	GapList      Site = "gap list"      // what is not
	Timeline     Site = "timeline"      // what happened and was recorded of a camera over a time
)
