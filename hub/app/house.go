package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"lares/cameras"
	"lares/cameras/clock"
	orders "lares/cameras/control"
	"lares/cameras/discover"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/probe"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/config"
	"lares/hub/detector"
	"lares/hub/gate"
	"lares/hub/httpapi"
	"lares/hub/journal"
	"lares/hub/live"
	"lares/hub/store"
	"lares/hub/vault"
	"lares/recorder"
	"lares/web"
)

// house is an opened hub: every room built and connected, nothing running.
type house struct {
	cfg    config.Config
	build  Build
	log    *slog.Logger
	folder *folder

	repairing bool // it is opened by a repair, before that is done
	confirms  bool // who opens it confirms that its database may be old
	pools     []recorder.Pool
	away      error // why the first of them was not there when the hub opened, if it was not

	clock    clock.System
	store    *store.Store
	vault    *vault.Vault
	journal  *journal.Journal
	accounts *account.Service
	finder   *discover.Finder // nil where nothing is searched
	gate     *gate.Gate
	fleet    *cameras.Fleet
	recorder *recorder.Recorder
	detector *detector.Asker
	live     *live.Sockets
	server   *httpapi.Server // what serves people; set before anything runs
	control  *control
	rekeys   sync.WaitGroup // changes of runs that go on
	desiring sync.Mutex     // held from reading what is wanted of cameras until they are told
	sooner   chan struct{}  // asks desire to look when something changes by itself
	database databaseWatch
}

// open builds the rooms from the ground up. Nothing runs yet; close undoes it.
func open(ctx context.Context, cfg config.Config, build Build, log *slog.Logger) (h *house, err error) {
	h = &house{cfg: cfg, build: build, log: log, sooner: make(chan struct{}, 1)}
	for _, step := range []func(context.Context) error{h.openFolder, h.openDiscovery, h.openKeys, h.openCameras, h.openControl} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, h.close())
		}
	}
	return h, nil
}

// close lets go of what open took, in reverse; parts must have ended.
func (h *house) close() error {
	var errs []error
	h.rekeys.Wait()
	if h.control != nil {
		errs = append(errs, h.control.Close())
	}
	if h.journal != nil {
		errs = append(errs, h.journal.Close())
	}
	if h.vault != nil {
		errs = append(errs, h.vault.Close())
	}
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	if h.folder != nil {
		errs = append(errs, h.folder.Close())
	}
	return errors.Join(errs...)
}

func (h *house) openFolder(context.Context) (err error) {
	if h.folder, err = openFolder(h.cfg.Data); err != nil {
		return err
	}
	if !h.repairing {
		if err := refuseUnfinished(h.cfg.Data); err != nil {
			return err
		}
	}
	return errors.Join(h.dropCopies(), dropStaged(h.cfg.Data))
}

// dropCopies removes copies of the database that were broken off: keys that were
// taken back since would outlive in them.
func (h *house) dropCopies() error {
	left, err := filesIn(h.cfg.Data, tmpDatabases)
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("app: a copy of the database that was broken off: %w", err)
		}
	}
	return nil
}

// openKeys opens database and keys: each tells a fresh hub from a lost half.
func (h *house) openKeys(ctx context.Context) (err error) {
	pools, copies := []string{h.cfg.Media}, ringCopies(h.cfg)
	fresh := func() error {
		if err := tryMedia(h.cfg.Media, h.log); err != nil {
			return err
		}
		if err := vault.Fresh(pools); err != nil {
			return err
		}
		return vault.NoRing(h.cfg.Data, copies)
	}
	if h.store, err = store.Open(ctx, store.Options{Path: h.cfg.Database(), Create: fresh}); err != nil {
		return err
	}
	if err := h.openFirst(ctx); err != nil {
		return err
	}
	h.vault, err = vault.Open(ctx, vault.Config{Dir: h.cfg.Data, Pools: pools, RingCopies: copies, Away: h.away, Confirms: h.confirms, Store: h.store, Clock: h.clock, Log: h.log})
	if err != nil {
		return err
	}
	h.journal, err = journal.Open(ctx, journal.Config{
		Store: h.store, Vault: h.vault, Clock: h.clock, Log: h.log, Heads: filepath.Join(h.cfg.Data, journal.FileName), Keep: h.cfg.JournalKeep,
	})
	if err != nil {
		return err
	}
	h.vault.Refusals().Hear(h.journal.Crossed)
	if err := h.openPools(ctx); err != nil {
		return err
	}
	if err := h.lookBack(ctx); err != nil {
		return err
	}
	if err := h.withoutKeys(ctx); err != nil {
		return err
	}
	if err := h.journalAltered(ctx); err != nil {
		return err
	}
	if h.vault.FoundOld() {
		h.journal.Add(journal.Entry{Kind: journal.RolledBack})
	}
	built := h.build.time()
	h.accounts = account.New(account.Config{
		Store: h.store, Vault: h.vault, Clock: h.clock, Built: built, Log: h.log, Journal: h.journal,
		Ended: h.ended, Bump: h.bumpOwn, Rekeyed: h.rekeyed,
	})
	h.gate = gate.New(gate.Config{
		Store: h.store, Vault: h.vault, Clock: h.clock, Built: built, Log: h.log, Journal: h.journal, Finder: h.found(), Prober: h.probe, Here: h.searchesHere(), LinkAddress: cameras.LinkAddress,
		LinkAddresses: cameras.LinkAddresses, FindLink: cameras.FindLink,
		Changed: h.changed, Watching: h.watching, Revoked: h.revoked, Locked: h.locked, Rekeyed: h.rekeyed, Erase: h.erase, Discard: h.discard, Listed: h.listed, Ruled: h.ruled,
		Kept: h.kept, Preview: h.preview, Recorded: h.recorded, Lost: h.lost, Health: h.health, Pools: h.poolStates,
		Control: h.order, Heat: h.heat, NoDetectors: !h.cfg.Detectors, TryDetector: h.tryDetector,
	})
	return nil
}

func (h *house) openDiscovery(context.Context) error {
	if h.cfg.Discover == config.DiscoverOff {
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("app: finding this program: %w", err)
	}
	h.finder = discover.New(discover.Config{
		Command: func() *exec.Cmd { return exec.Command(program, "discover-worker") },
		Clock:   h.clock, Log: h.log,
		Places: discover.Places{LAN: h.cfg.Discover != config.DiscoverHere, Here: h.searchesHere()},
	})
	return nil
}

// searchesHere says whether cameras are looked for on this machine itself.
func (h *house) searchesHere() bool {
	return h.cfg.Discover == config.DiscoverHere || h.cfg.Discover == config.DiscoverAll
}

// probe looks at a device in a child of its own.
func (h *house) probe(ctx context.Context, d probe.Device, what probe.Ask) (probe.Look, error) {
	program, err := os.Executable()
	if err != nil {
		return probe.Look{}, fmt.Errorf("app: finding this program: %w", err)
	}
	if h.cfg.Discover != config.DiscoverOff && h.cfg.Discover != config.DiscoverHere {
		d.Router = probe.Router()
	}
	return probe.Run(ctx, exec.Command(program, "probe-worker"), d, what)
}

// order has a camera do something. Nobody asks before the cameras are there.
func (h *house) order(ctx context.Context, id media.CameraID, o orders.Order) (orders.Found, error) {
	return h.fleet.Control(ctx, id, o)
}

// tryDetector asks a detector about a picture of nothing.
func (h *house) tryDetector(ctx context.Context, s detector.Settings) (time.Duration, error) {
	return h.detector.Try(ctx, s)
}

// heat is where it moves before a camera.
func (h *house) heat(id media.CameraID) (media.Unit, seal.Run, error) {
	u, err := h.fleet.Heat(id)
	if err != nil {
		return u, seal.Run{}, err
	}
	run, ok := h.fleet.RunOf(id, u.Run)
	if !ok {
		return u, run, cameras.ErrNoHeat
	}
	return u, run, nil
}

// found is the finder as the gate knows it.
func (h *house) found() gate.Finder {
	if h.finder == nil {
		return nil
	}
	return h.finder
}

func (h *house) openCameras(context.Context) (err error) {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("app: finding this program: %w", err)
	}
	h.fleet = cameras.New(cameras.Config{
		Hub: h.vault.Hub(), Clock: h.clock, Log: h.log,
		Command:       func() *exec.Cmd { return exec.Command(program, "camera-worker") },
		NewRun:        h.vault.NewRun,
		RunStarted:    h.runStarted,
		Learned:       h.gate.Learned,
		Unpinned:      h.gate.Unpinned,
		DigestOffered: h.gate.DigestOffered,
		Noticed:       h.noticed,
		Shown:         h.shown,
		Crossed:       h.crossed,
		Seen:          h.gate.Seen,
	})
	h.detector = detector.New(detector.Config{
		Clock: h.clock, Log: h.log, Here: h.searchesHere(),
		Target: h.gate.AskDetector, Crossed: h.crossed,
		Found: func(seen recorder.Recognised) { h.recorder.Recognise(seen) },
	})
	h.recorder, err = recorder.New(recorder.Config{
		Hub: h.vault.Hub(), Pools: h.pools, LimitBytes: h.cfg.LimitBytes, Clock: h.clock,
		Keys: h.vault, Index: h.store, Source: h.fleet, Log: h.log, PreRoll: preRoll,
		Crossed: h.crossed, Listed: h.listed, Stretched: h.stretched, Missing: h.missing, Pictured: h.detector.Pictured, Damaged: h.damaged, Retention: h.gate.Retention,
	})
	if err != nil {
		return err
	}
	h.live = live.New(live.Config{
		Gate: h.gate, Fleet: h.fleet, TalkGate: h.gate, Voices: h.fleet, Clock: h.clock, Log: h.log,
		Crossed: func(site fault.Site, owner account.ID) {
			h.vault.Refusals().Note(vault.Crossing{Site: site, Owner: owner})
		},
	})
	return nil
}

func (h *house) openControl(context.Context) (err error) {
	commands := map[string]command{
		"claim": bare(h.claimCode), "copy": bare(h.copyForBackup), "accounts": bare(h.listAccounts),
		"recover": taking(h.renew), "reopen": taking(h.reopen), "incident": {h.incident, true},
	}
	for name, do := range h.faultCommands() {
		commands[name] = bare(do)
	}
	h.control, err = openControl(h.cfg.Control(), h.log, commands)
	return err
}

// api makes the HTTP server.
func (h *house) api(o apiOptions) (*httpapi.Server, error) {
	server, err := httpapi.New(httpapi.Config{
		Accounts: h.accounts, Gate: h.gate, Journal: h.journal, Fleet: h.fleet, Recorder: h.recorder, Live: h.live, Detector: h.detector,
		Shell: web.Dist(), Clock: h.clock, Log: h.log, TLS: o.tls, Hosts: o.names,
		Version: h.build.Version, Fingerprint: o.fingerprint, Demo: o.demo,
	})
	h.server = server
	return server, err
}

// parts are what runs in every hub, in the order it starts: cameras before what
// records them, both before who may see them.
func (h *house) parts() []part {
	parts := []part{
		{"database", func(ctx context.Context) error { return h.store.Run(ctx, h.log) }},
		{"journal", h.journal.Run},
		{"cameras", h.fleet.Run},
		{"recorder", h.recorder.Run},
		{"detectors", h.detector.Run},
		{"desired cameras", h.desire},
		{"outages", h.tellOutages},
		{"what is not recorded", h.tellRecording},
		{"gate", h.gate.Run},
		{"control socket", h.control.Run},
		{"daily copy", h.copyDaily},
		{"copies in other pools", h.copyToPools},
		{"keyring", h.followKeys},
	}
	if h.finder != nil {
		parts = append(parts, part{"discovery", h.finder.Run}, part{"cameras that moved", h.follow})
	}
	return parts
}
