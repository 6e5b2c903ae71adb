package httpapi

import (
	"math"
	"net/http"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/recorder"
	"lares/recorder/retention"
)

// storageView is what recordings take and where that leads; what is not known is left out.
type storageView struct {
	Account  account.ID       `json:"account"`
	Bytes    int64            `json:"bytes"` // of the caller's own cameras
	Quota    int64            `json:"quota"`
	Cameras  []stockView      `json:"cameras"`
	Hub      *roomView        `json:"hub,omitempty"`
	Accounts []accountStorage `json:"accounts,omitempty"`
}

type stockView struct {
	ID     media.CameraID  `json:"id"`
	Name   string          `json:"name"`
	Clips  int64           `json:"clips"`
	Bytes  int64           `json:"bytes"`
	Oldest moment          `json:"oldest,omitzero"`
	PerDay *int64          `json:"bytes_per_day,omitempty"`
	Reach  *float64        `json:"reach_days,omitempty"` // absent where nothing ends them, or it is not known
	Bound  retention.Bound `json:"bound,omitempty"`
	Beside *besideView     `json:"beside,omitempty"`
	Kinds  []kindStock     `json:"kinds,omitempty"` // with rules of their own
	Stars  int64           `json:"starred,omitempty"`
	Pool   string          `json:"pool,omitempty"` // on a hub of several
}

type besideView struct {
	PerDay int64           `json:"bytes_per_day"`
	Reach  *float64        `json:"reach_days,omitempty"`
	Bound  retention.Bound `json:"bound,omitempty"`
}

type kindStock struct {
	Kind media.Kind `json:"kind"`
	besideView
}

type roomView struct {
	Used   int64      `json:"used"`
	Limit  int64      `json:"limit"`
	Free   int64      `json:"free"`
	Floor  int64      `json:"floor"`
	May    int64      `json:"may"`
	PerDay int64      `json:"bytes_per_day"`
	Full   *float64   `json:"full_days,omitempty"` // absent for never
	Unsure bool       `json:"full_unsure,omitempty"`
	Pools  []poolView `json:"pools"`
	Health faultsView `json:"health"`
}

// faultsView is how the database takes what is recorded, and what is wrong with recordings.
type faultsView struct {
	Database recorder.PoolTrouble `json:"database,omitempty"`
	Since    moment               `json:"since,omitzero"`
	Unlisted int                  `json:"unlisted"`
	Foreign  int                  `json:"foreign"`
	Damaged  int                  `json:"damaged"`
	Spot     *spotView            `json:"spot,omitempty"` // absent where none was made
}

// spotView is when a recording was read whole, and what was wrong with it.
type spotView struct {
	At    moment             `json:"at"`
	Fault recorder.FileFault `json:"fault,omitempty"`
}

type poolView struct {
	Name    string               `json:"name"`
	Used    int64                `json:"used"`
	Free    int64                `json:"free"`
	Floor   int64                `json:"floor"`
	May     int64                `json:"may"`
	PerDay  int64                `json:"bytes_per_day"`
	Full    *float64             `json:"full_days,omitempty"`
	Unsure  bool                 `json:"full_unsure,omitempty"`
	Shares  []string             `json:"shares,omitempty"`
	Network string               `json:"network,omitempty"`
	Trouble recorder.PoolTrouble `json:"trouble,omitempty"`
	Since   moment               `json:"since,omitzero"`
}

type accountStorage struct {
	ID    account.ID `json:"id"`
	Name  string     `json:"name"`
	Bytes int64      `json:"bytes"`
	Quota int64      `json:"quota"`
}

// days rounds a number of days as one would say it: to whole ones, but of less than ten to two
// digits, and of little to a minute or two; an infinite one is nil.
func days(n float64) *float64 {
	if math.IsInf(n, 0) || math.IsNaN(n) {
		return nil
	}
	unit := 1.0
	switch {
	case n < 0.1:
		unit = 1000
	case n < 1:
		unit = 100
	case n < 10:
		unit = 10
	}
	n = math.Round(n*unit) / unit
	return &n
}

// storageGet tells what recordings take, and where that leads.
func (s *Server) storageGet(q *request) error {
	told, err := s.cfg.Gate.Storage(q.ctx, q.caller)
	if err != nil {
		return err
	}
	v := storageView{Account: q.caller.Account, Bytes: told.Bytes, Quota: told.Quota, Cameras: []stockView{}}
	for _, c := range told.Cameras {
		one := stockView{ID: c.ID, Name: c.Name, Clips: c.Clips, Bytes: c.Bytes, Oldest: moment(c.Oldest), Pool: c.Pool, Stars: c.Starred}
		if c.Known {
			perDay := int64(c.PerDay)
			one.PerDay, one.Reach, one.Bound = &perDay, days(c.Reach.Days), c.Reach.Bound
		}
		if b := c.Beside; b != nil {
			one.Beside = &besideView{int64(b.PerDay), days(b.Reach.Days), b.Reach.Bound}
		}
		for _, k := range c.Kinds {
			one.Kinds = append(one.Kinds, kindStock{k.Kind, besideView{int64(k.PerDay), days(k.Reach.Days), k.Reach.Bound}})
		}
		v.Cameras = append(v.Cameras, one)
	}
	if told.Hub != nil {
		v.of(*told.Hub)
	}
	return q.answer(http.StatusOK, v)
}

func viewOfFaults(h gate.Health) faultsView {
	v := faultsView{Database: h.Database, Since: moment(h.Since), Unlisted: h.Recorder.Unknown, Foreign: h.Recorder.Foreign, Damaged: h.Recorder.Damaged}
	if spot := h.Recorder.Spot; !spot.At.IsZero() {
		v.Spot = &spotView{moment(spot.At), spot.Fault}
	}
	return v
}

// of adds what who runs the hub is told.
func (v *storageView) of(h gate.HubStorage) {
	v.Hub = &roomView{h.Used, h.Limit, h.Free, h.Floor, h.May, int64(h.PerDay), days(h.Full), h.Unsure, nil, viewOfFaults(h.Health)}
	for _, p := range h.Pools {
		v.Hub.Pools = append(v.Hub.Pools, poolView{p.Name, p.Used, p.Free, p.Floor, p.May(), int64(p.PerDay), days(p.Full), p.Unsure, p.Shares, p.Network, p.Trouble, moment(p.Since)})
	}
	for _, a := range h.Accounts {
		v.Accounts = append(v.Accounts, accountStorage{a.ID, a.Name, a.Bytes, a.Quota})
	}
}
