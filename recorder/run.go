package recorder

import (
	"context"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// Recorder records the cameras it was told to watch. All methods are safe for
// concurrent use; Run is called once.
type Recorder struct{}

// New checks the configuration and makes the media pool's directory.
func New(c Config) (*Recorder, error) { return &Recorder{}, nil }

// Run repairs what a crash left open, records, and keeps to the limit, until
// ctx ends; then it ends the open clips and returns when all goroutines have.
func (r *Recorder) Run(ctx context.Context) error { return nil }

// Ready is closed when the start-up scan is done. Recording does not wait for it.
func (r *Recorder) Ready() <-chan struct{} { return nil }

// Watch starts the recorder of a camera; again is fine.
func (r *Recorder) Watch(id media.CameraID) {}

// Forget ends the recorder of a camera and its open clip; it returns when that
// clip is closed. The recordings stay; see Erase.
func (r *Recorder) Forget(id media.CameraID) {}

// Erase forgets a camera and deletes its recordings, rows and files.
func (r *Recorder) Erase(ctx context.Context, id media.CameraID) error { return nil }

// AddOpener gives the opener of a new run. The two newest are kept, so that a
// pre-roll of the run before still opens.
func (r *Recorder) AddOpener(id media.CameraID, o *seal.Opener) {}

// Trigger starts an event at a watched camera, or merges into the one going
// on, and returns its id. It does not block on disk, camera or index.
func (r *Recorder) Trigger(id media.CameraID, t Trigger) (media.EventID, error) {
	return media.EventID{}, nil
}

// Cut says that the camera has a new epoch: the open clip ends at once, a
// linked part sealed to the new store key starts at the next IDR. The epoch
// must be stored before.
func (r *Recorder) Cut(id media.CameraID) {}

// Clip opens a clip file for reading by its names. ErrNoClip if there is none.
// The caller closes it.
func (r *Recorder) Clip(ctx context.Context, camera media.CameraID, clip media.ClipID) (*Clip, error) {
	return nil, nil
}

// Status says how the recording of one camera does; ok is false for a camera
// that is not watched.
func (r *Recorder) Status(id media.CameraID) (s Status, ok bool) { return }

// Health says how the media pool does.
func (r *Recorder) Health() Health { return Health{} }

// Status is the state of one camera's recording.
type Status struct {
	Recording bool          // a clip is open
	Event     media.EventID // the event going on, zero if none
	Clip      media.ClipID  // the open clip
	Durable   time.Time     // when bytes of it last reached the disk for certain
	Problem   string        // why it is not recording though it should; "" if fine
}

// Health is the state of the media pool.
type Health struct {
	Bytes, LimitBytes int64  // what all listed clips take, and may take
	Problem           string // the newest trouble with disk or index; "" if fine
	Unknown           int    // clip files of this hub that the index does not list
	Foreign           int    // files in the clip folder that are not this hub's
	Damaged           int    // clips found damaged at start
}
