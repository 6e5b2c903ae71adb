package media

// Mode is what of a camera is recorded. The zero Mode is ModeEvents.
type Mode string

// The modes.
const (
	// ModeEvents records events, and nothing between them.
	ModeEvents Mode = "events"
	// ModeContinuous records all the time; nothing begins an event.
	ModeContinuous Mode = "continuous"
	// ModeBoth records all the time, and events apart from the rest.
	ModeBoth Mode = "both"
	// ModeOff records nothing; the camera stays on the air.
	ModeOff Mode = "off"
)

// Valid reports whether m is one of the modes above.
func (m Mode) Valid() bool {
	switch m {
	case ModeEvents, ModeContinuous, ModeBoth, ModeOff:
		return true
	}
	return false
}

// Events reports whether events are recorded.
func (m Mode) Events() bool { return m == "" || m == ModeEvents || m == ModeBoth }

// Continuous reports whether what is between events is recorded.
func (m Mode) Continuous() bool { return m == ModeContinuous || m == ModeBoth }

// Streams says which streams of a camera are recorded. The zero Streams is StreamsMain.
type Streams string

// The streams.
const (
	// StreamsMain records the main stream.
	StreamsMain Streams = "main"
	// StreamsSub records the sub stream in its place, where the camera has one.
	StreamsSub Streams = "sub"
	// StreamsBoth records the main stream and, beside it, the sub stream all the time.
	StreamsBoth Streams = "both"
)

// Valid reports whether s is one of those above.
func (s Streams) Valid() bool { return s == StreamsMain || s == StreamsSub || s == StreamsBoth }
