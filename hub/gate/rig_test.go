package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/clock"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/cameras/media/fmp4/fmp4test"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/store"
	"lares/hub/vault"
	"lares/recorder"
	"lares/recorder/retention"
	"lares/recorder/sealed"
)

var t0 = time.Date(2026, 3, 1, 18, 3, 12, 0, time.UTC)

func discard() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// nothing is a recorder.Source without cameras.
type nothing struct{}

func (nothing) Read(media.CameraID, media.StreamID, time.Duration) (media.Reader, error) {
	return nil, media.ErrClosed
}

func (nothing) Snapshot(context.Context, media.CameraID) (media.Unit, error) {
	return media.Unit{}, media.ErrClosed
}

func (nothing) Frame(context.Context, media.CameraID, time.Time, bool) (at time.Time, u media.Unit, err error) {
	return at, u, media.ErrClosed
}

func (nothing) Newest(media.CameraID, media.StreamID) (at time.Time, err error) {
	return at, media.ErrClosed
}

// rig is a hub below HTTP, on real files.
type rig struct {
	*Gate
	t        *testing.T
	dir      string
	limit    int64 // of the recorder, from the next rerun on; 0 is none
	clock    *clock.Manual
	store    *store.Store
	vault    *vault.Vault
	accounts *account.Service
	recorder *recorder.Recorder
	stop     func() // ends the recorder

	changed, rekeyed []media.CameraID
	revoked          []account.ID
	picture          int      // bytes that are added to each picture
	pictures         []ofClip // instead of those that a clip has
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return newRigIn(t, t.TempDir())
}

// newRigIn starts a hub on what a folder holds.
func newRigIn(t *testing.T, dir string) *rig {
	t.Helper()
	r := &rig{t: t, dir: dir, clock: clock.NewManual(t0)}
	var err error
	r.store, err = store.Open(t.Context(), store.Options{Path: filepath.Join(r.dir, "lares.db")})
	r.must(err)
	t.Cleanup(func() { r.store.Close() })
	r.vault, err = vault.Open(t.Context(), vault.Config{Dir: r.dir, Pools: []string{r.pool()}, CheapPasswords: true, Store: r.store, Clock: r.clock, Log: discard()})
	r.must(err)
	t.Cleanup(func() { r.vault.Close() })
	r.accounts = account.New(account.Config{Store: r.store, Vault: r.vault, Clock: r.clock, Built: t0.Add(-time.Hour), Log: discard()})
	r.Gate = New(Config{
		Store: r.store, Vault: r.vault, Clock: r.clock, Built: t0.Add(-time.Hour), Log: discard(),
		Changed: func(id media.CameraID) { r.changed = append(r.changed, id) },
		Rekeyed: func(id media.CameraID) { r.rekeyed = append(r.rekeyed, id) },
		Revoked: func(id account.ID, _ media.CameraID) { r.revoked = append(r.revoked, id) },
		Erase:   func(ctx context.Context, id media.CameraID) error { return r.recorder.Erase(ctx, id) },
		Discard: func(ctx context.Context, id media.CameraID) error { return r.recorder.Discard(ctx, id) },

		Kept: func() { r.recorder.Reconsider() },
		Preview: func(ctx context.Context, id media.CameraID, c retention.Camera) (int, int64, error) {
			return r.recorder.Preview(ctx, id, c)
		},
		Recorded: func() (recorder.Recorded, error) { return r.recorder.Recorded() },
		Lost:     func(camera media.CameraID, clip media.ClipID) bool { return r.recorder.Lost(camera, clip) },
		Pools:    func() []recorder.PoolState { return r.recorder.Pools() },
	})
	r.rerun()
	t.Cleanup(func() { r.stop() })
	return r
}

func (r *rig) pool() string { return filepath.Join(r.dir, "media") }

// rerun starts the recorder, anew if it runs.
func (r *rig) rerun() {
	r.t.Helper()
	if r.stop != nil {
		r.stop()
	}
	id, err := recorder.MarkPool(r.pool())
	r.must(err)
	r.recorder, err = recorder.New(recorder.Config{Hub: r.vault.Hub(), Pools: []recorder.Pool{{Name: "main", Dir: r.pool(), ID: id}}, Clock: r.clock, Keys: r.vault, Index: r.store, Source: nothing{}, Log: discard(), LimitBytes: r.limit,
		Crossed:   func(site fault.Site, _ media.CameraID) { r.vault.Refusals().Count(site) },
		Retention: r.Gate.Retention})
	r.must(err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.t.Context()))
	ran := make(chan error, 1)
	run := r.recorder.Run
	go func() { ran <- run(ctx) }()
	r.stop = func() {
		cancel()
		r.must(<-ran)
	}
	<-r.recorder.Ready() // what is listed from now on is not of a hub of before
	for is := r.recorder.Pools()[0]; is.Free == 0 && is.Trouble == ""; is = r.recorder.Pools()[0] {
		time.Sleep(time.Millisecond) // nobody has looked at the pool yet: nothing in it can be had
	}
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// person makes an account with a login session, without the price of a
// sign-in: Argon2id is tested in its own rooms.
func (r *rig) person(name string) account.Caller {
	r.t.Helper()
	n, err := r.vault.NewAccount(r.t.Context(), store.Account{Name: name, NameKey: name}, "the password of "+name)
	r.must(err)
	s := n.Opened.NewSession(r.clock.Now())
	r.must(r.store.Update(r.t.Context(), func(tx *store.Tx) error {
		return errors.Join(r.vault.AddAccount(r.t.Context(), tx, n, false), tx.AddSession(r.t.Context(), s.Session), tx.AddWrap(r.t.Context(), s.Wrap))
	}))
	return r.caller(s)
}

// another is a second login session of a caller.
func (r *rig) another(c account.Caller) account.Caller {
	r.t.Helper()
	a, err := r.vault.Unlock(r.t.Context(), c.Proof())
	r.must(err)
	s := a.NewSession(r.clock.Now())
	r.must(r.store.Update(r.t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.AddSession(r.t.Context(), s.Session), tx.AddWrap(r.t.Context(), s.Wrap))
	}))
	return r.caller(s)
}

func (r *rig) caller(s vault.NewSession) account.Caller {
	r.t.Helper()
	in, err := r.accounts.Resume(r.t.Context(), hexToken(s.Token))
	r.must(err)
	return in.Caller
}

func hexToken(t [32]byte) string {
	b, _ := media.ID[struct{}](t[:16]).MarshalText()
	c, _ := media.ID[struct{}](t[16:]).MarshalText()
	return string(b) + string(c)
}

// renewed is what Run does with cameras that need a new epoch.
func (r *rig) renewed() error {
	bumped, err := r.renew(r.t.Context())
	for _, id := range bumped {
		r.cfg.Rekeyed(id)
	}
	return err
}

func (r *rig) camera(c account.Caller, name string) media.CameraID {
	r.t.Helper()
	id, err := r.AddCamera(r.t.Context(), c, NewCamera{Name: name, Access: cameras.Access{Main: "rtsp://192.0.2.7/" + name, Username: "user", Password: "camera secret of " + c.Name + " " + name}})
	r.must(err)
	return id
}

// record writes a clip of three seconds with a picture, and its event, as the
// recorder does.
func (r *rig) record(camera media.CameraID) (media.ClipID, []byte) {
	r.t.Helper()
	return r.recordAs(camera, fmp4test.Config(false), nil)
}

// ofClip is a record that belongs to a clip beside its fragments.
type ofClip struct {
	kind  sealed.Type
	plain []byte
}

// smallOf and previewOf are the small pictures of such a clip.
func smallOf(clip media.ClipID) []byte {
	return append([]byte("\xff\xd8 small picture of "), clip[:]...)
}

func previewOf(clip media.ClipID) []sealed.Frame {
	return []sealed.Frame{{Time: 0, JPEG: smallOf(clip)}, {Time: 90_000, JPEG: append([]byte("\xff\xd8 another picture of "), clip[:]...)}}
}

// recordAs writes such a clip with these tracks and, if index is not nil, the
// index that it makes of the true one.
func (r *rig) recordAs(camera media.CameraID, config media.Config, index func([]uint32) []uint32) (media.ClipID, []byte) {
	r.t.Helper()
	ctx, start := r.t.Context(), r.clock.Now()
	public, kid, err := r.vault.StoreKey(ctx, camera)
	r.must(err)
	row := recorder.ClipRow{Clip: media.NewClipID(), Camera: camera, Event: media.NewEventID(), KID: kid, Start: start, State: recorder.StateComplete, Duration: 3 * time.Second, Thumbnail: true, Preview: true}
	h := sealed.Header{Hub: r.vault.Hub(), Camera: camera, KID: kid, Clip: row.Clip, Start: start}
	key, sealedKey, err := seal.NewClipKey(public, seal.ClipBinding(h.Hub, h.Camera, h.KID, h.Clip))
	r.must(err)
	h.SealedKey = sealedKey
	f := r.newFile()
	defer f.Close()
	w := sealed.NewWriter(f, h, key, r.vault.Sign, r.clock)
	m, err := fmp4.NewMuxer(config)
	r.must(err)
	recoder, needed, err := fmp4.NewRecoder(m.Init(nil))
	r.must(err)
	r.must(w.Record(sealed.Head{Type: sealed.TypeInit, G711: needed}, m.Init(nil)))
	picture := append([]byte("\xff\xd8 picture of "), row.Clip[:]...)
	picture = append(picture, make([]byte, r.picture)...)
	pictures := []ofClip{
		{sealed.TypeThumbnail, []byte("\xff\xd8 the camera's own")}, {sealed.TypeThumbnail, picture}, // the last one counts
		{sealed.TypeSmall, []byte("\xff\xd8 another small one")}, {sealed.TypeSmall, smallOf(row.Clip)},
		{sealed.TypePreview, sealed.AppendPreview(nil, previewOf(row.Clip))},
	}
	if r.pictures != nil {
		pictures = r.pictures
	}
	for _, p := range pictures {
		r.must(w.Record(sealed.Head{Type: p.kind}, p.plain))
	}
	var growth []uint32
	fragment := func(f fmp4.Fragment, ok bool) {
		if ok && needed {
			more, err := recoder.Growth(f.Data)
			r.must(err)
			growth = append(growth, uint32(more))
		}
		if ok {
			r.must(w.Record(sealed.Head{Type: sealed.TypeFragment, Sync: f.Sync, Time: f.Time, Duration: f.Duration}, f.Data))
		}
	}
	for n := range 30 {
		at := int64(n) * fmp4test.VideoRate / 10
		f, ok, err := m.Add(media.AccessUnit{Type: media.UnitVideo, Track: fmp4test.VideoTrack, Sync: n%10 == 0, PTS: at, DTS: at, Data: fmp4test.Picture(uint64(n), n%10, 200)})
		r.must(err)
		fragment(f, ok)
		for i := range uint64(5) { // dropped by a muxer without sound
			sound := int64(5*n+int(i)) * fmp4test.LawTicks
			f, ok, err := m.Add(media.AccessUnit{Type: media.UnitAudio, Track: fmp4test.SoundTrack, PTS: sound, DTS: sound, Data: fmp4test.LawSound(uint64(5*n) + i)})
			r.must(err)
			fragment(f, ok)
		}
	}
	fragment(m.Close())
	if index != nil {
		r.must(w.Record(sealed.Head{Type: sealed.TypeIndex}, sealed.AppendGrowth(nil, index(growth))))
	}
	r.must(w.End(sealed.Complete))
	r.putFile(f, h)
	row.Bytes = w.Size()
	text, err := json.Marshal(recorder.EventText{Class: "person"})
	r.must(err)
	e := recorder.EventRow{Event: row.Event, Camera: camera, Kind: media.KindMotion, Start: start, End: start.Add(row.Duration)}
	e.Text, err = sealNewest(ctx, r.vault, camera, e.Event, start, text)
	r.must(err)
	r.must(errors.Join(r.store.EventPut(ctx, e), r.store.ClipClosed(ctx, row)))
	return row.Clip, picture
}

// newFile is where a test writes a clip: outside of the pool, for a recorder that starts removes a file of
// which it knows nothing and that holds no picture yet.
func (r *rig) newFile() *os.File {
	r.t.Helper()
	f, err := os.CreateTemp(r.dir, "*.clip")
	r.must(err)
	return f
}

// putFile puts a clip that is whole where it belongs.
func (r *rig) putFile(f *os.File, h sealed.Header) {
	r.t.Helper()
	dir := filepath.Join(r.pool(), "clips", h.Camera.String(), h.Start.UTC().Format("2006-01"))
	r.must(os.MkdirAll(dir, 0o700))
	r.must(os.Rename(f.Name(), filepath.Join(dir, h.Clip.String()+".lar")))
}

// pass admits a caller who may.
func (r *rig) pass(c account.Caller, camera media.CameraID, a Action) Pass {
	r.t.Helper()
	p, err := r.Admit(r.t.Context(), c, camera, a)
	r.must(err)
	return p
}

// clipPass admits a caller who may to a clip.
func (r *rig) clipPass(c account.Caller, clip media.ClipID, a Action) Pass {
	r.t.Helper()
	p, err := r.AdmitClip(r.t.Context(), c, clip, a)
	r.must(err)
	return p
}

func (r *rig) newRun(camera media.CameraID) (seal.Run, seal.RunKey) {
	r.t.Helper()
	run, key, err := r.vault.NewRun(r.t.Context(), camera)
	r.must(err)
	return run, key
}

func (r *rig) file(camera media.CameraID, clip media.ClipID) *recorder.Clip {
	r.t.Helper()
	c, err := r.recorder.Clip(r.t.Context(), camera, clip)
	r.must(err)
	r.t.Cleanup(func() { c.Close() })
	return c
}

// wire is a wire of a session, and what came out of it.
func (r *rig) wire(s account.SessionID) (*Wire, *bytes.Buffer) {
	r.t.Helper()
	here, there := net.Pipe()
	r.t.Cleanup(func() { here.Close(); there.Close() })
	c := &Conn{Conn: here, refused: r.vault.Refusals()}
	r.must(c.Pin(s))
	var b bytes.Buffer
	return c.Wire(s, &b), &b
}

// play is the whole way to a part of a clip.
func (r *rig) play(c account.Caller, camera media.CameraID, clip media.ClipID, part Part) ([]byte, error) {
	r.t.Helper()
	p, err := r.AdmitClip(r.t.Context(), c, clip, History)
	if err != nil {
		return nil, err
	}
	w, b := r.wire(c.Session)
	err = r.OpenClip(r.t.Context(), p, r.file(camera, clip), part, w)
	return b.Bytes(), err
}

// opener is what an account opens a clip with.
func (r *rig) opener(c account.Caller, camera media.CameraID, clip media.ClipID) *ClipOpener {
	r.t.Helper()
	p := r.clipPass(c, clip, History)
	o, err := r.Opener(r.t.Context(), p, r.file(camera, clip))
	r.must(err)
	return o
}

// crossed checks that f is refused as a crossed wire, and counted.
func (r *rig) crossed(what string, f func() error) {
	r.t.Helper()
	sum := func() (n uint64) {
		for _, c := range r.Refused() {
			n += c
		}
		return n
	}
	before := sum()
	if err := f(); !errors.Is(err, ErrCrossed) && !errors.Is(err, seal.ErrCrossed) {
		r.t.Errorf("%s: %v, not refused as crossed", what, err)
	}
	if sum() == before {
		r.t.Errorf("%s: not counted", what)
	}
}

// sealNewest seals an event's text for the camera's newest epoch.
func sealNewest(ctx context.Context, v *vault.Vault, id media.CameraID, ev media.EventID, at time.Time, text []byte) (recorder.SealedText, error) {
	key, kid, err := v.StoreKey(ctx, id)
	if err != nil {
		return recorder.SealedText{}, err
	}
	return v.SealEvent(ctx, id, ev, at, recorder.StoreKey{Key: key, KID: kid}, text)
}
