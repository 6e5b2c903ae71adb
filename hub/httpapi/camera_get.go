package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/recorder"
)

type cameraView struct {
	ID        media.CameraID     `json:"id"`
	Name      string             `json:"name"`
	Owner     ownerView          `json:"owner"`
	Mine      bool               `json:"mine"`
	Actions   []gate.Action      `json:"actions"`
	Address   string             `json:"address,omitempty"`
	Transport string             `json:"transport,omitempty"`
	Status    statusView         `json:"status"`
	Recording bool               `json:"recording"`
	Clips     int64              `json:"clips"`
	Bytes     int64              `json:"bytes"`
	Retired   bool               `json:"retired"`
	Privacy   *privacyView       `json:"privacy,omitempty"`        // of a camera the caller may manage
	EventRule *eventRuleView     `json:"event_rule,omitempty"`     // likewise
	Plan      *recordingPlanView `json:"recording_plan,omitempty"` // likewise
	Health    *healthView        `json:"health,omitempty"`         // likewise, if it may be heard as well
	Pool      *cameraPoolView    `json:"pool,omitempty"`           // likewise, on a hub of several media pools
	Elsewhere []placeView        `json:"elsewhere,omitempty"`      // of the caller's own
	Stranger  *strangerView      `json:"stranger,omitempty"`       // of the caller's own
	Shared    *int               `json:"shared_with,omitempty"`    // of the caller's own
	Granted   *grantedView       `json:"granted,omitempty"`        // of another's
	Watching  []watcherView      `json:"watching,omitempty"`       // who sees something of the caller's own now
}

// grantedView is what a caller is told of the grant by which it sees a camera.
type grantedView struct {
	HistoryFrom moment `json:"history_from"`
	Expires     moment `json:"expires,omitzero"`
	Since       moment `json:"since"`
	Unconfirmed bool   `json:"unconfirmed"`
}

type ownerView struct {
	ID   account.ID `json:"id"`
	Name string     `json:"name"`
}

type statusView struct {
	State       cameras.State `json:"state"`
	Message     string        `json:"message"`
	Since       moment        `json:"since,omitzero"`
	NextTry     moment        `json:"next_try,omitzero"`
	LastPicture moment        `json:"last_picture,omitzero"`
	Warning     string        `json:"warning,omitempty"`
	Streams     []streamView  `json:"streams"`
}

type streamView struct {
	Stream       string        `json:"stream"`
	State        cameras.State `json:"state"`
	Message      string        `json:"message"`
	Since        moment        `json:"since,omitzero"`
	NextTry      moment        `json:"next_try,omitzero"`
	Codec        string        `json:"codec"`
	Width        int           `json:"width"`
	Height       int           `json:"height"`
	FPS          float64       `json:"fps"`
	Bitrate      float64       `json:"bitrate"`
	GOP          int64         `json:"gop_ms"` // 0 while unknown
	PacketsLost  int64         `json:"packets_lost"`
	Loss         float64       `json:"loss"` // percent, over the last 10 s
	PicturesLost int64         `json:"pictures_lost"`
	Latency      int64         `json:"latency_ms,omitempty"` // absent while unknown
	Jitter       int64         `json:"jitter_ms"`
	Connected    bool          `json:"connected"`
	Reconnects   int           `json:"reconnects"`
}

// watched puts in who sees something of the camera now, if it is the caller's own.
func (v *cameraView) watched(all []watcherView) {
	for _, w := range all {
		if v.Mine && w.Camera == v.ID {
			v.Watching = append(v.Watching, w)
		}
	}
}

// notShown is the state of a camera of which the caller may see neither what it
// shows nor what it has recorded.
const notShown = "not shown"

// outOfUse is the state of a camera that was handed over, or whose address was lost.
const outOfUse = "out of use"

func (s *Server) viewOfCamera(c gate.Camera) cameraView {
	v := cameraView{
		ID: c.ID, Name: c.Name, Owner: ownerView{c.Owner, c.OwnerName}, Mine: c.Mine,
		Actions: c.Actions, Address: c.Address, Clips: c.Clips, Bytes: c.Bytes, Retired: c.Retired,
		Status: statusView{State: cameras.Connecting, Streams: []streamView{}},
	}
	if c.Mine {
		v.Shared, v.Elsewhere = &c.Shared, viewOfPlaces(c.Elsewhere)
	}
	if g := c.Granted; g != nil {
		v.Granted = &grantedView{moment(g.HistoryFrom), moment(g.Expires), moment(g.Since), g.Unconfirmed}
	}
	if c.Address != "" { // of a camera the caller may manage
		v.Transport = transportName(c.Transport)
	}
	if c.Privacy != nil {
		v.Privacy = viewOfPrivacy(*c.Privacy)
	}
	if c.EventRule != nil {
		v.EventRule = viewOfEventRule(*c.EventRule)
	}
	if c.Plan != nil {
		v.Plan = viewOfRecordingPlan(*c.Plan)
	}
	if c.Pool != nil {
		v.Pool = &cameraPoolView{c.Pool.Name, c.Pool.Choices}
	}
	if v.Actions == nil {
		v.Actions = []gate.Action{}
	}
	if !c.Mine && !slices.Contains(c.Actions, gate.Live) && !slices.Contains(c.Actions, gate.History) {
		v.Status.State = notShown // when something happens there is for those who may see it
		return v
	}
	if c.Retired {
		v.Status.State = outOfUse
	}
	if now, ok := s.cfg.Fleet.Status(c.ID); ok {
		v.Status = viewOfStatus(now)
		if c.Address == "" {
			v.Status.withoutAddresses()
		}
	}
	if now, ok := s.cfg.Recorder.Status(c.ID); ok {
		hears := c.Mine || slices.Contains(c.Actions, gate.Audio)
		now.Recording = now.Recording && (!now.Heard || now.Continuous || hears)
		v.Recording = now.Recording
		// When something reached the disk tells when there was something to hear.
		if c.Address != "" && (hears || now.Continuous) {
			v.Health = viewOfHealth(now)
		}
		v.Status.warnOf(now, c.Address != "")
	}
	return v
}

// What those who may not manage a camera are told instead of the recorder's
// problem, which speaks of the hub's disk and keys.
const (
	recordsNot  = "This camera is not being recorded at the moment."
	recordsPart = "Not everything of this camera is being recorded at the moment."
)

// warnOf puts the recorder's problem before the camera's own warning: that
// nothing is recorded matters more, and neither hides the other.
func (v *statusView) warnOf(now recorder.Status, manage bool) {
	problem := now.Problem
	switch {
	case problem == "":
		return
	case manage:
	case now.Recording:
		problem = recordsPart
	default:
		problem = recordsNot
	}
	v.Warning = strings.TrimSpace(problem + " " + v.Warning)
}

func viewOfStatus(now cameras.Status) statusView {
	v := statusView{
		State: now.State, Message: now.Message, Since: moment(now.Since), NextTry: moment(now.NextTry),
		LastPicture: moment(now.LastVideo), Warning: now.Warning,
		Streams: make([]streamView, 0, len(now.Streams)),
	}
	for _, t := range now.Streams {
		v.Streams = append(v.Streams, streamView{
			Stream: t.Stream.String(), State: t.State, Message: t.Message, Since: moment(t.Since), NextTry: moment(t.NextTry),
			Codec: t.Codec, Width: t.Width, Height: t.Height, FPS: t.FPS, Bitrate: t.Bitrate, GOP: t.GOP.Milliseconds(),
			PacketsLost: t.PacketsLost, Loss: t.Loss, PicturesLost: t.PicturesLost, Latency: t.Latency.Milliseconds(), Jitter: t.Jitter.Milliseconds(), Connected: t.Connected, Reconnects: t.Reconnects,
		})
	}
	return v
}

// withoutAddresses takes out the sentences, which name hosts and ports: those who
// may not manage the camera see its state and nothing of the network.
func (v *statusView) withoutAddresses() {
	v.Message = ""
	for i := range v.Streams {
		v.Streams[i].Message = ""
	}
}

type cameraAnswer struct {
	Account account.ID `json:"account"`
	Camera  cameraView `json:"camera"`
}

func (s *Server) camerasGet(q *request) error {
	list, err := s.cfg.Gate.Cameras(q.ctx, q.caller)
	if err != nil {
		return err
	}
	watching, err := s.watching(q)
	if err != nil {
		return err
	}
	views := make([]cameraView, 0, len(list))
	for _, c := range list {
		v := s.viewOfCamera(c)
		v.Stranger = s.stranger(q, c)
		v.watched(watching)
		views = append(views, v)
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID   `json:"account"`
		Cameras []cameraView `json:"cameras"`
	}{q.caller.Account, views})
}

func (s *Server) cameraGet(q *request) error {
	c, err := s.cfg.Gate.Camera(q.ctx, q.caller, q.camera)
	if err != nil {
		return err
	}
	watching, err := s.watching(q)
	if err != nil {
		return err
	}
	v := s.viewOfCamera(c)
	v.Stranger = s.stranger(q, c)
	v.watched(watching)
	return q.answer(http.StatusOK, cameraAnswer{q.caller.Account, v})
}

func (s *Server) cameraDelete(q *request) error {
	if err := q.read(); err != nil {
		return err
	}
	if err := s.mine(q); err != nil { // erasing recordings is the owner's alone
		return err
	}
	return q.done(s.cfg.Gate.RemoveCamera(q.ctx, q.pass))
}

// cameraRoutes are the cameras of a caller.
func cameraRoutes() []route {
	return []route{
		{http.MethodGet, scopePath + "/cameras", scoped, tokensToo, none, "", noBody, (*Server).camerasGet},
		{http.MethodPost, scopePath + "/cameras", scoped, 0, none, "", small, (*Server).camerasPost},
		{http.MethodGet, cameraPath, scoped, tokensToo, camera, anyAction, noBody, (*Server).cameraGet},
		{http.MethodDelete, cameraPath, scoped, proven, camera, gate.Manage, small, (*Server).cameraDelete},
		{http.MethodPost, cameraPath + "/trigger", scoped, tokensToo, camera, gate.Manage, small, (*Server).triggerPost},
	}
}
