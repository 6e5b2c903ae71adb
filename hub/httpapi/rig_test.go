package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/clock"
	"lares/cameras/control"
	"lares/cameras/discover"
	"lares/cameras/fakecam"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/probe"
	"lares/cameras/seal"
	"lares/cameras/worker"
	"lares/hub/account"
	"lares/hub/detector"
	"lares/hub/gate"
	"lares/hub/journal"
	"lares/hub/live"
	"lares/hub/store"
	"lares/hub/vault"
	"lares/recorder"
	"lares/recorder/retention"
)

// What the test binary is when started again.
const (
	workerEnv   = "LARES_TEST_WORKER"
	discoverEnv = "LARES_TEST_DISCOVER"
	probeEnv    = "LARES_TEST_PROBE"
)

// TestMain makes the test binary its own workers.
func TestMain(m *testing.M) {
	for env, child := range map[string]func() error{workerEnv: worker.Main, discoverEnv: discover.Main, probeEnv: probe.Main} {
		if os.Getenv(env) == "" {
			continue
		}
		if err := child(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// again starts the test binary as one of its children.
func again(env string) func() *exec.Cmd {
	return func() *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = []string{env + "=1"}
		return c
	}
}

// patience bounds every wait of the tests; none is ever waited out.
const patience = time.Minute

// cutSoon bounds the end of what is cut, on a machine that does other things
// too: less than what is never cut would last. The 2 s of the promise are
// measured by make bench-revoke.
const cutSoon = 15 * time.Second

func wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// rigPreRoll is how much of the past the rig's clips begin with.
const rigPreRoll = time.Second

// rig is a whole hub: database, keys, accounts, gate, workers, recorder, and
// the server over TLS on loopback.
type rig struct {
	t        testing.TB
	store    *store.Store
	vault    *vault.Vault
	accounts *account.Service
	journal  *journal.Journal
	finder   *discover.Finder // of this machine; a test runs it
	gate     *gate.Gate
	fleet    *cameras.Fleet
	recorder *recorder.Recorder
	detector *detector.Asker
	live     *live.Sockets
	server   *Server
	address  string
	outlets  *outlets
	pool     string // the media folder
	heads    string // the journal's
	stop     func()
	deaf     bool // nobody is told of revokes and new epochs
	lost     bool // the test closed the database
	ahead    ahead
	rekeys   sync.WaitGroup
}

// ahead is the server's clock, which a test may put forward.
type ahead struct{ by *atomic.Int64 }

func (a ahead) Now() time.Time { return time.Now().Add(time.Duration(a.by.Load())) }

const testPassword = "correct horse battery"

// newFront is a rig with alice and a camera of hers.
func newFront(t testing.TB) (r *rig, alice *person, front media.CameraID) {
	t.Helper()
	r = newRig(t)
	alice = r.person("alice")
	front, _ = alice.camera(fakecam.Options{Name: "alice front"})
	return r, alice, front
}

// newRig builds a hub as hub/app does; its parts end with the test. Its journal waits
// longer than that of a hub: the machine does other things too.
func newRig(t testing.TB, change ...func(*live.Config)) *rig {
	t.Helper()
	return newRigWith(t, patience, change...)
}

func newRigWith(t testing.TB, commit time.Duration, change ...func(*live.Config)) *rig {
	t.Helper()
	dir, pool := t.TempDir(), filepath.Join(t.TempDir(), "media")
	r := &rig{t: t, pool: pool, ahead: ahead{new(atomic.Int64)}}
	must(t, os.MkdirAll(pool, 0o700))
	// Not t.Output: what ends with the test still logs then.
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	built := time.Now().Add(-time.Hour)
	var err error
	r.store, err = store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "lares.db")})
	must(t, err)
	t.Cleanup(func() { r.store.Close() })
	r.vault, err = vault.Open(t.Context(), vault.Config{Dir: dir, Pools: []string{pool}, CheapPasswords: true, Store: r.store, Clock: clock.System{}, Log: log})
	must(t, err)
	t.Cleanup(func() { r.vault.Close() })
	t.Cleanup(r.rekeys.Wait)
	r.heads = filepath.Join(dir, journal.FileName)
	r.journal, err = journal.Open(t.Context(), journal.Config{Store: r.store, Vault: r.vault, Clock: clock.System{}, Log: log, Heads: r.heads, Patience: commit})
	must(t, err)
	t.Cleanup(func() {
		if err := r.journal.Close(); !r.lost {
			must(t, err)
		}
	})
	r.vault.Refusals().Hear(r.journal.Crossed)
	r.accounts = account.New(account.Config{Store: r.store, Vault: r.vault, Clock: clock.System{}, Built: built, Log: log, Journal: r.journal,
		Ended: func(id account.SessionID) { r.server.SessionEnded(id) },
		Bump: func(ctx context.Context, tx *store.Tx, owner *vault.OpenedAccount, all bool) ([]media.CameraID, error) {
			return r.gate.BumpOwn(ctx, tx, owner, all)
		},
		Rekeyed: func(id media.CameraID) { r.rekeyed(id) }})
	r.finder = discover.New(discover.Config{Command: again(discoverEnv), Clock: clock.System{}, Log: log, Places: discover.Places{Here: true}})
	r.gate = gate.New(gate.Config{
		Here:   true,
		Finder: r.finder,
		Prober: func(ctx context.Context, d probe.Device, what probe.Ask) (probe.Look, error) {
			return probe.Run(ctx, again(probeEnv)(), d, what)
		},
		Control: func(ctx context.Context, id media.CameraID, o control.Order) (control.Found, error) {
			return r.fleet.Control(ctx, id, o)
		},
		Heat: func(id media.CameraID) (media.Unit, seal.Run, error) {
			u, err := r.fleet.Heat(id)
			run, ok := r.fleet.RunOf(id, u.Run)
			if err == nil && !ok {
				err = cameras.ErrNoHeat
			}
			return u, run, err
		},
		Store: r.store, Vault: r.vault, Clock: clock.System{}, Built: built, Log: log, Journal: r.journal, Changed: r.changed, Watching: r.watching,
		Locked: func(ended []account.SessionID) { r.server.Locked(ended) },
		Revoked: func(who account.ID, id media.CameraID) {
			if !r.deaf {
				r.server.Revoked(who, id)
			}
		},
		Rekeyed: func(id media.CameraID) { r.rekeyed(id) },
		Erase:   func(ctx context.Context, id media.CameraID) error { return r.recorder.Erase(ctx, id) },
		Discard: func(ctx context.Context, id media.CameraID) error { return r.recorder.Discard(ctx, id) },
		Listed:  func(c media.CameraID, e media.EventID) { r.live.Listed(c, e) },
		Kept:    func() { r.recorder.Reconsider() },
		Preview: func(ctx context.Context, id media.CameraID, c retention.Camera) (int, int64, error) {
			return r.recorder.Preview(ctx, id, c)
		},
		Recorded: func() (recorder.Recorded, error) { return r.recorder.Recorded() },
		Lost:     func(camera media.CameraID, clip media.ClipID) bool { return r.recorder.Lost(camera, clip) },
		Pools:    func() []recorder.PoolState { return r.recorder.Pools() },

		TryDetector: func(ctx context.Context, s detector.Settings) (time.Duration, error) { return r.detector.Try(ctx, s) },
	})
	r.fleet = cameras.New(cameras.Config{
		Hub: r.vault.Hub(), Clock: clock.System{}, NewRun: r.vault.NewRun, Learned: r.gate.Learned, DigestOffered: r.gate.DigestOffered, Unpinned: r.gate.Unpinned, Log: log,
		Command:    again(workerEnv),
		RunStarted: func(run seal.Run, opener func() *seal.Opener) { r.recorder.AddRun(run, opener) },
	})
	id, err := recorder.MarkPool(pool)
	must(t, err)
	r.recorder, err = recorder.New(recorder.Config{
		Hub: r.vault.Hub(), Pools: []recorder.Pool{{Name: "main", Dir: pool, ID: id}}, Clock: clock.System{}, Keys: r.vault, Index: r.store, Source: r.fleet, Log: log, Retention: r.gate.Retention,
		PreRoll: rigPreRoll, PostRoll: 3 * time.Second,
		Crossed: func(site fault.Site, _ media.CameraID) { r.vault.Refusals().Count(site) },
		Listed:  func(c media.CameraID, e media.EventID) { r.live.Listed(c, e) },

		Stretched: func(c media.CameraID, k media.ClipID) { r.live.Stretched(c, k) },
		Missing:   func(c media.CameraID, from time.Time) { r.live.Missing(c, from) },
	})
	r.detector = detector.New(detector.Config{Clock: clock.System{}, Log: log, Here: true})
	must(t, err)
	shown := live.Config{Gate: r.gate, Fleet: r.fleet, TalkGate: r.gate, Voices: r.fleet, Clock: clock.System{}, Log: log}
	for _, f := range change {
		f(&shown)
	}
	r.live = live.New(shown)
	r.server, err = New(Config{
		Accounts: r.accounts, Gate: r.gate, Journal: r.journal, Fleet: r.fleet, Recorder: r.recorder, Detector: r.detector, Live: r.live, Shell: testShell,
		Clock: r.ahead, Log: log, TLS: certificate(t), Version: "test", Fingerprint: "AB:CD",
	})
	must(t, err)
	r.background(r.journal.Run)
	r.background(r.recorder.Run)
	r.background(r.fleet.Run)
	r.background(r.gate.Run)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	r.outlets = &outlets{Listener: ln, all: map[string]*outlet{}}
	r.address, r.stop = runOn(t, r.server, r.outlets)
	return r
}

func (r *rig) rekeyed(id media.CameraID) {
	if r.deaf {
		return
	}
	r.rekeys.Go(func() { _ = r.fleet.Rekey(context.Background(), id) }) // a worker that does not take it is replaced
}

func (r *rig) background(f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	r.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) && !r.lost {
			r.t.Error(err)
		}
	})
}

func (r *rig) changed(id media.CameraID) {
	c, err := r.gate.WorkerCamera(context.Background(), id)
	if err != nil {
		r.fleet.Remove(id)
		r.recorder.Forget(id)
		return
	}
	c.PreRoll = rigPreRoll
	if c.Private {
		r.fleet.Set(c)
		r.recorder.Forget(id)
		return
	}
	r.recorder.Watch(id)
	r.fleet.Set(c)
}

// watching tells a camera's worker what counts of that which moves before it.
func (r *rig) watching(id media.CameraID) {
	if c, err := r.gate.WorkerCamera(context.Background(), id); err == nil {
		_ = r.fleet.SetMotion(context.Background(), id, c.Motion) // one that is gone is told nothing
		_ = r.fleet.SetSound(context.Background(), id, c.Sound)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
