package recorder

import (
	"cmp"
	"context"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/recorder/retention"
)

// ClipState says what became of a clip file.
type ClipState string

const (
	// StateOpen is a clip being written; at start, one to repair.
	StateOpen ClipState = "open"
	// StateComplete is a clip that ended as it should.
	StateComplete ClipState = "complete"
	// StateCut is a clip that ended early because the disk failed or was full.
	StateCut ClipState = "cut"
	// StateRecovered is a clip that a crash left open and the next start ended.
	StateRecovered ClipState = "recovered"
	// StateDamaged is a clip without a valid end whose row was not open, or of
	// which somebody read a record that the disk had changed. It is
	// listed, plays as far as its tags hold, and is never signed again.
	StateDamaged ClipState = "damaged"
	// StateRemoving is a clip whose file is being deleted.
	StateRemoving ClipState = "removing"
)

// ClipRow is the index entry of one clip file. It holds nothing a thief may
// not know: names, times and sizes.
type ClipRow struct {
	Clip   media.ClipID
	Camera media.CameraID
	Event  media.EventID // the event it records; of a stretch, an id of its own that is no event's
	Part   int           // 0 and up: its place among the event's clips
	// Stretch says that it was recorded while no event went on.
	Stretch bool
	// Beside says that it is the sub stream, recorded beside the main one: a stretch, whatever
	// event went on.
	Beside bool
	Pool   int         // the number of the pool that its file lies in
	KID    media.KeyID // the store key its clip key is sealed to
	Start  time.Time   // wall clock of its first picture
	// Duration is its media time; zero while open.
	Duration time.Duration
	// Bytes is the size of the whole file; what was known last while open, and 0 where it is lost.
	Bytes     int64
	State     ClipState
	Thumbnail bool // it holds a picture, of whichever size
	Preview   bool // it holds small pictures of all of it
	// Star says that somebody wants its event kept. It is the index's to know:
	// what a recorder stores does not change it.
	Star bool
}

// place is where the clip counts.
func (c ClipRow) place() retention.Place {
	return retention.Place{Camera: c.Camera, Pool: c.Pool, Beside: c.Beside}
}

// EventRow is the index entry of one event.
type EventRow struct {
	Event  media.EventID
	Camera media.CameraID
	Kind   media.Kind // of its first trigger; sound while nothing else triggered it
	Start  time.Time
	End    time.Time  // zero while it goes on
	Text   SealedText // an EventText as JSON
	// Picture is the clip whose picture shows most of all, where it is not the first one.
	Picture media.ClipID
}

// EventText is what an event says beyond its kind: sealed in the index, and in
// the clip file inside an EventNote.
type EventText struct {
	Class  string   `json:"class,omitempty"`  // person, vehicle, animal …
	Zone   string   `json:"zone,omitempty"`   // of the picture, as its owner calls it
	Score  float64  `json:"score,omitempty"`  // 0 to 1: how sure; 0 unknown
	Labels []string `json:"labels,omitempty"` // what else is known of it
	Topic  string   `json:"topic,omitempty"`  // the camera's own name for it
	Text   string   `json:"text,omitempty"`   // what somebody outside says of it
	// Sources are those that noticed it, the first one first.
	Sources []media.Source `json:"sources,omitempty"`
	// Why is why motion counted: of several times what the one says that showed most, and
	// where all of them were. Nil before one is over.
	Why *media.Why `json:"why,omitempty"`
	// Heard is what was said of sounds, apart from all else: For says to whom it is told.
	Heard *EventText `json:"heard,omitempty"`
	// Box is where something was recognised, on the newest of the pictures that it was
	// recognised on; nil if that is not known.
	Box *media.Box `json:"box,omitempty"`
}

// IsZero says that there is nothing to tell.
func (t EventText) IsZero() bool {
	return t.Class == "" && t.Zone == "" && t.Score == 0 && len(t.Labels) == 0 && t.Topic == "" && t.Text == "" && len(t.Sources) == 0 && t.Why == nil && t.Heard == nil && t.Box == nil
}

// mostLabels bounds what becomes known of one event: who may begin events may say something
// else each time.
const mostLabels = 64

// and is what an event says after a later trigger: what was known stays known, and
// another class or text than the first is a label.
func (t EventText) and(later EventText) EventText {
	if t.Class == "" {
		t.Class, t.Topic = later.Class, cmp.Or(later.Topic, t.Topic)
	} else if later.Class != "" && later.Class != t.Class {
		later.Labels = append([]string{later.Class}, later.Labels...)
	}
	if t.Text != "" && later.Text != "" && later.Text != t.Text {
		later.Labels = append(slices.Clip(later.Labels), later.Text)
	}
	for _, label := range later.Labels {
		if len(t.Labels) < mostLabels && !slices.Contains(t.Labels, label) {
			t.Labels = append(slices.Clip(t.Labels), label)
		}
	}
	for _, source := range later.Sources {
		if !slices.Contains(t.Sources, source) {
			t.Sources = append(slices.Clip(t.Sources), source)
		}
	}
	if t.Why == nil {
		t.Why = later.Why
	} else if later.Why != nil {
		both := t.Why.And(*later.Why)
		t.Why = &both
	}
	if t.Heard == nil {
		t.Heard = later.Heard
	} else if later.Heard != nil {
		heard := t.Heard.and(*later.Heard)
		t.Heard = &heard
	}
	t.Box = cmp.Or(later.Box, t.Box)
	t.Text = cmp.Or(t.Text, later.Text)
	t.Zone, t.Topic, t.Score = cmp.Or(t.Zone, later.Zone), cmp.Or(t.Topic, later.Topic), max(t.Score, later.Score)
	return t
}

// For is what somebody is told who hears the camera, or who does not: then nothing of what
// was heard, and not that anybody listens.
func (t EventText) For(hears bool) EventText {
	heard := t.Heard
	t.Heard = nil
	switch {
	case hears && heard != nil:
		return t.and(*heard)
	case !hears: // texts of before were not kept apart
		t.Sources = slices.DeleteFunc(slices.Clone(t.Sources), func(s media.Source) bool { return s == media.SourceSound })
	}
	return t
}

// SealedText is text sealed under an index key (VAULT §2), XChaCha20-Poly1305.
// The zero value is no text.
type SealedText struct {
	KID    media.KeyID // the store key the index key is sealed to
	Index  [16]byte    // the index key's id
	Sealed []byte
}

// ClipQuery selects clips for Index.Clips; its zero fields select nothing away.
type ClipQuery struct {
	States []ClipState    // any of these
	Clip   media.ClipID   // this one: nothing but States goes with it
	Camera media.CameraID // of this camera
	// Kinds, with Camera, are of events that are listed, any of these; "" is of a clip whose
	// event is not. Until selects what began before.
	Kinds []media.Kind
	Until time.Time
	// Pools, with Loose, are those that the clips lie in.
	Pools []int
	// Loose, with Camera, leaves out what is starred, unless it is being removed.
	Loose bool
	// After and AfterClip continue a listing behind the last row of a page:
	// rows with (Start, Clip) greater than these.
	After     time.Time
	AfterClip media.ClipID
	// Newest, with Limit alone, is the newest rows, the newest first.
	Newest bool
	Limit  int // at most so many rows; 0 is all
}

// Index is the clip index; hub/store is one. A call that failed is repeated, so
// every method is idempotent. Calls come from a few goroutines at once.
type Index interface {
	EventIndex
	GapIndex
	RetentionIndex
	// Together enters the rows that put puts in one commit: all of them, or where one of them or
	// the commit fails, none. put calls nothing else of the Index.
	Together(ctx context.Context, put func(RowIndex) error) error
	// Clips lists clips, oldest first by (Start, Clip).
	Clips(ctx context.Context, q ClipQuery) ([]ClipRow, error)
	// ClipRemoved removes the row after its file is gone, and its event when
	// that was the event's last clip and the event is over. A row that is not
	// there is no error.
	ClipRemoved(ctx context.Context, clip media.ClipID) error
}

// RowIndex is the part of an Index that is about what the recorder writes down as it goes on.
type RowIndex interface {
	// ClipOpened enters a clip that is being written, with StateOpen. A row
	// that is there and still open is updated, any other is left alone.
	ClipOpened(ctx context.Context, c ClipRow) error
	// ClipClosed stores what became of a clip: all columns of the row. It
	// enters the row if ClipOpened never arrived.
	ClipClosed(ctx context.Context, c ClipRow) error
	// EventPut enters an event or updates its end, text and picture; a zero Text or
	// Picture leaves what there is. It comes before the event's first clip.
	EventPut(ctx context.Context, e EventRow) error
	// GapPut enters a gap, in place of that of the same camera and From.
	GapPut(ctx context.Context, g GapRow) error
	// GapsCut takes a time in which something of a camera is recorded out of its gaps: of one that goes
	// on behind it the rest is another one. A row that stands for several stays as it is, for something
	// is recorded between them, and one that lies in that time does if it is no longer than HoleMost.
	GapsCut(ctx context.Context, camera media.CameraID, from, to time.Time) error
}

// RetentionIndex is the part of an Index that is about what stays.
type RetentionIndex interface {
	// ClipRemoving marks a clip that is not open as being removed. It is false for one that
	// may not go: it is starred, or not there.
	ClipRemoving(ctx context.Context, clip media.ClipID) (bool, error)
	// NewestClips adds up the bytes of clips, the newest first, until they are as many as are
	// asked for: since is when those begin that were added, zero if all of them take less. What
	// is being removed does not count.
	NewestClips(ctx context.Context, q NewestQuery) (since time.Time, bytes int64, err error)
}

// NewestQuery is what NewestClips adds up.
type NewestQuery struct {
	Camera media.CameraID
	Kind   media.Kind // as in ClipQuery, but one; "" is all clips
	Pools  []int      // that the clips lie in; nil is all
	Most   int64      // bytes
}

// EventIndex is the part of an Index that is about events.
type EventIndex interface {
	// EventsOver ends what a crash left without an end: each event that has
	// none, is not among those going on, and has no open clip. It ends with the
	// last of its clips, or when it began if that is later.
	EventsOver(ctx context.Context, going []media.EventID) error
	// EventsExpire removes events of which nothing is recorded: those that ended before a time, began
	// before the oldest clip of their camera, and are not starred.
	EventsExpire(ctx context.Context, before time.Time) error
}
