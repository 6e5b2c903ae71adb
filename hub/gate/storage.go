package gate

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
	"lares/recorder"
	"lares/recorder/retention"
)

const (
	// lately is what recordings are measured over that a forecast is made of.
	lately = 7 * 24 * time.Hour
	// measured is for how long there have to be recordings before it is.
	measured = 10 * time.Minute
)

// Storage is what recordings take, as far as it concerns a caller.
type Storage struct {
	Cameras []CameraStorage // the caller's own, by name
	Bytes   int64           // of them
	Quota   int64           // of the caller; 0 is none
	Hub     *HubStorage     // for who runs the hub; else nil
}

// CameraStorage is what is recorded of a camera, and where that leads.
type CameraStorage struct {
	ID     media.CameraID
	Name   string
	Clips  int64
	Bytes  int64
	Oldest time.Time // zero without clips
	Pool   string    // the media pool that it is recorded to; "" on a hub with one
	// Known says that there is enough for a forecast: how much comes in a day, and how far back
	// that will reach at that rate.
	Known bool
	Outlook
	// Beside is that of what is recorded beside the main stream, and in PerDay above, as is that of
	// Kinds; nil where there is none.
	Beside *Outlook
	Kinds  []KindOutlook // of kinds of events with rules of their own, by kind
	// Starred is what clips take that somebody starred: they stay for good.
	Starred int64
}

// KindOutlook is where recordings of a kind of event lead.
type KindOutlook struct {
	Kind media.Kind
	Outlook
}

// Outlook is where recordings lead.
type Outlook struct {
	PerDay float64 // bytes
	Reach  retention.Reach
}

// HubStorage is what all recordings take together.
type HubStorage struct {
	Used, Free, Floor int64 // the sums of all pools; what is free on a disk counts once
	Limit, May        int64 // 0 is no limit; what all may take
	PerDay            float64
	Full              float64 // that of the pool or limit that is used up first
	Unsure            bool    // as that of a pool, of any
	Pools             []PoolStorage
	Accounts          []AccountStorage
	Health            Health
}

// Health is how recorder and database do.
type Health struct {
	// Database is why the database takes nothing, "" for one that is well, and Since when that
	// began.
	Database recorder.PoolTrouble
	Since    time.Time
	Recorder recorder.Health
}

// PoolStorage is what the recordings in a media pool take.
type PoolStorage struct {
	recorder.PoolState
	PerDay float64  // bytes
	Full   float64  // in how many days the oldest go for the newest; infinite for never
	Unsure bool     // of a camera too little is known: PerDay is without it, and Full may be sooner
	Shares []string // the other pools on its disk, which share what is free
}

// AccountStorage is what the recordings of somebody take: of how many cameras is theirs to
// know.
type AccountStorage struct {
	ID           account.ID
	Name         string
	Bytes, Quota int64
}

// Storage says what the recordings of the caller's own cameras take and where that leads. It
// is for people: who runs the hub is told the sums of it, and of each account, besides. It
// returns ErrNotFound, ErrCrossed or ErrUnavailable.
func (g *Gate) Storage(ctx context.Context, c account.Caller) (Storage, error) {
	if !c.Token.IsZero() {
		return Storage{}, ErrNotFound
	}
	now, err := g.now()
	if err != nil {
		return Storage{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, storageIn)
	defer cancel()
	s, err := g.storage(ctx, c, now)
	return s, g.answer(err)
}

// storageIn bounds it: it counts clips, of which there may be a million.
const storageIn = 5 * time.Second

func (g *Gate) storage(ctx context.Context, c account.Caller, now time.Time) (out Storage, err error) {
	policy, err := g.Retention(ctx)
	if err != nil {
		return out, err
	}
	rows, err := g.cfg.Store.RecordedCameras(ctx)
	if err != nil {
		return out, err
	}
	var all []media.CameraID
	own := make([]store.RecordedCamera, 0, len(rows))
	for _, r := range rows {
		all = append(all, r.ID)
		if r.Owner == c.Account {
			own = append(own, r)
		}
	}
	own, err = compared(fault.CameraList, c.Account.String(), own,
		func(r store.RecordedCamera) bool { return r.Owner != c.Account },
		func(r store.RecordedCamera) error { return g.crossing(fault.CameraList, r.ID, c.Account) })
	if err != nil {
		return out, err
	}
	recorded, err := g.cfg.Recorded()
	if err != nil {
		return out, err
	}
	places, err := g.RecordsTo(ctx)
	if err != nil {
		return out, err
	}
	starred, err := g.cfg.Store.Starred(ctx, all)
	if err != nil {
		return out, err
	}
	recent, err := g.cfg.Store.Recent(ctx, all, now.Add(-lately))
	if err != nil {
		return out, err
	}
	paces, known := map[media.CameraID]retention.Pace{}, map[media.CameraID]bool{}
	for _, id := range all {
		p, enough, err := g.pace(ctx, id, policy.Cameras[id], recent[id], starred.Of(id) > 0, now)
		if err != nil {
			return out, err
		}
		p.Pool = poolAt(recorded.Pools, places[id]).Number
		paces[id], known[id] = p, enough
	}
	f := retention.Foresee(policy, recorded.Used, starred, paces, recorded.Rooms())
	ids := make([]media.CameraID, 0, len(own))
	for _, r := range own {
		ids = append(ids, r.ID)
	}
	stock, err := g.cfg.Store.Stock(ctx, ids, now.Add(-lately))
	if err != nil {
		return out, err
	}
	used := recorded.ByCamera() // rows know of a file that is written only how it began
	for _, r := range own {
		v := CameraStorage{ID: r.ID, Name: r.Name, Clips: stock[r.ID].Clips, Bytes: used[r.ID], Oldest: stock[r.ID].Oldest}
		p := paces[r.ID]
		v.Known = known[r.ID]
		v.Outlook, v.Starred = Outlook{p.All(), f.Reach[r.ID]}, starred.Of(r.ID)
		if _, known := pace(stock[r.ID].Beside, now); known {
			v.Beside = &Outlook{p.Beside, f.Beside[r.ID]}
		}
		for _, k := range slices.Sorted(maps.Keys(p.Kinds)) {
			v.Kinds = append(v.Kinds, KindOutlook{k, Outlook{p.Kinds[k], f.Kinds[r.ID][k]}})
		}
		if len(recorded.Pools) > 1 {
			v.Pool = poolAt(recorded.Pools, places[r.ID]).Name
		}
		out.Cameras = append(out.Cameras, v)
		out.Bytes += v.Bytes
	}
	out.Quota = policy.Quotas[retention.Group(c.Account)]
	if c.Operator {
		out.Hub, err = g.hubStorage(ctx, policy, rows, used)
	}
	if out.Hub != nil {
		unsure := map[int]bool{} // pools
		for id, p := range paces {
			unsure[p.Pool] = unsure[p.Pool] || !known[id] && recent[id].Main.Bytes+recent[id].Beside.Bytes > 0
		}
		out.Hub.foresee(recorded, paces, f, unsure)
	}
	return out, err
}

// foresee says what comes to each pool, and when it is used up; of what comes to some it is unsure.
func (h *HubStorage) foresee(recorded recorder.Recorded, paces map[media.CameraID]retention.Pace, f retention.Forecast, unsure map[int]bool) {
	h.Limit, h.Full = recorded.Limit, slices.Min(append(f.Full, math.Inf(1)))
	rooms := recorded.Rooms()
	for i, disk := range recorded.Disks() {
		h.Free, h.Floor, h.May = h.Free+disk[0].Free, h.Floor+disk[0].Floor, h.May+rooms[i].Bytes
	}
	for _, s := range recorded.Pools {
		p := PoolStorage{PoolState: s, Unsure: unsure[s.Number]}
		h.Unsure = h.Unsure || p.Unsure
		for i, disk := range recorded.Disks() {
			if disk[0].Shares(s) {
				p.Full, p.Shares = f.Full[i], besides(disk, s)
			}
		}
		for _, pace := range paces {
			if pace.Pool == s.Number {
				p.PerDay += pace.All()
			}
		}
		h.Used, h.PerDay = h.Used+s.Used, h.PerDay+p.PerDay
		h.Pools = append(h.Pools, p)
	}
	if h.Limit > 0 {
		h.May = min(h.May, h.Limit)
	}
}

// besides are the names of the pools on a disk but for one.
func besides(disk []recorder.PoolState, but recorder.PoolState) (names []string) {
	for _, s := range disk {
		if s.Number != but.Number {
			names = append(names, s.Name)
		}
	}
	return names
}

// hubStorage is what each account's recordings take.
func (g *Gate) hubStorage(ctx context.Context, policy retention.Policy, rows []store.RecordedCamera, used map[media.CameraID]int64) (*HubStorage, error) {
	people, err := g.cfg.Store.Residents(ctx)
	if err != nil {
		return nil, err
	}
	bytes := map[account.ID]int64{}
	for _, r := range rows {
		bytes[r.Owner] += used[r.ID]
	}
	h := &HubStorage{}
	if g.cfg.Health != nil {
		h.Health = g.cfg.Health()
	}
	for _, p := range people {
		h.Accounts = append(h.Accounts, AccountStorage{p.ID, p.Name, bytes[p.ID], policy.Quotas[retention.Group(p.ID)]})
	}
	return h, nil
}

// pace is how much of a camera comes in a day, but for where it goes. Of kinds of events with
// rules of their own it is told apart: each is measured over what its rule leaves there to see.
// Where there is too little of the rest to tell, false says so: then it counts as nothing, which
// is no forecast. So it stays where a rule leaves less than ten minutes.
func (g *Gate) pace(ctx context.Context, id media.CameraID, c retention.Camera, recent store.Stock, stars bool, now time.Time) (p retention.Pace, enough bool, err error) {
	p.PerDay, enough = pace(recent.Main, now)
	p.Beside, _ = pace(recent.Beside, now)
	var kinds []media.Kind
	for _, k := range media.Kinds() {
		if c.Kinds[k] != (retention.Rule{}) {
			kinds = append(kinds, k)
		}
	}
	if len(kinds) == 0 && !stars {
		return p, enough, nil
	}
	bytes, rest, before, err := g.cfg.Store.RecentOf(ctx, id, kinds, now.Add(-lately))
	if err != nil {
		return p, false, err
	}
	main := recent.Main
	for _, k := range kinds {
		of, rule := store.Recent{Began: recent.Main.Began, Bytes: bytes[k]}, c.Of(k)
		if days := time.Duration(rule.Days) * 24 * time.Hour; days > 0 && of.Began.Before(now.Add(-days)) {
			of.Began = now.Add(-days)
		}
		if rule.Bytes > 0 { // of what took more the oldest went
			since, sum, err := g.cfg.Store.NewestClips(ctx, recorder.NewestQuery{Camera: id, Kind: k, Most: rule.Bytes / 10 * 9})
			if err != nil {
				return p, false, err
			}
			if since.After(now.Add(-lately)) {
				of = store.Recent{Began: since, Bytes: sum}
			}
		}
		perDay, known := pace(of, now)
		if known && perDay > 0 {
			if p.Kinds == nil {
				p.Kinds = map[media.Kind]float64{}
			}
			p.Kinds[k] = perDay
		}
		main.Bytes -= bytes[k]
	}
	switch {
	case !rest.IsZero():
		// Of what came before that, stars alone are left: they are of a time of which the rest is not known.
		main.Began, main.Bytes = rest, main.Bytes-before
	case len(kinds) > 0 && (!stars || len(p.Kinds) > 0): // all that comes is of those kinds
		main.Bytes = 0
	default: // what came may all have gone
		main = store.Recent{}
	}
	p.PerDay, enough = pace(main, now)
	return p, enough, nil
}

// pace is how many bytes of a stream come in a day, by what came lately; false where there is
// too little to tell.
func pace(r store.Recent, now time.Time) (perDay float64, known bool) {
	past := min(lately, now.Sub(r.Began))
	if r.Began.IsZero() || past < measured {
		return 0, false
	}
	return float64(r.Bytes) / (past.Hours() / 24), true
}
