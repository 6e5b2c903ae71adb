package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/recorder"
)

// defaultBuckets is how many a timeline has of which no number is said.
const defaultBuckets = 90

// maxTimeline bounds an answer, in bytes: of what comes to more the buckets are longer. With
// the longest there are, of a day, there is never so much.
const maxTimeline = 100_000

// timelineView is a timeline as openapi.yaml has it: times in it are milliseconds since From,
// for there are many.
type timelineView struct {
	Account account.ID       `json:"account"`
	From    moment           `json:"from"`
	To      moment           `json:"to"`
	Now     moment           `json:"now"`
	Step    int64            `json:"step_ms"`
	Cameras []cameraTimeline `json:"cameras"`
}

type cameraTimeline struct {
	Camera     media.CameraID       `json:"camera"`
	Continuous [][2]int64           `json:"continuous"`
	Recorded   [][2]int64           `json:"recorded"`
	Beside     [][2]int64           `json:"beside"`
	Damaged    [][2]int64           `json:"damaged"`
	Counts     map[media.Kind][]int `json:"counts"`
	Busy       []uint16             `json:"busy"` // bytes would be base64
	Gaps       []timelineGap        `json:"gaps"`
	Events     []timelineEvent      `json:"events"`
	TooMany    bool                 `json:"too_many"`
}

type timelineGap struct {
	From  int64             `json:"from"`
	To    int64             `json:"to"`
	Cause recorder.GapCause `json:"cause"`
	Count int               `json:"count"`
	Open  bool              `json:"open,omitempty"`
}

type timelineEvent struct {
	ID    media.EventID `json:"id"`
	Kind  media.Kind    `json:"kind"`
	Start int64         `json:"start"`
	End   *int64        `json:"end,omitempty"`
	Star  bool          `json:"star,omitempty"`
}

// timelineGet shows what happened and was recorded of some cameras over a time.
func (s *Server) timelineGet(q *request) error {
	f, err := q.timelineFilter()
	if err != nil {
		return err
	}
	for {
		t, err := s.cfg.Gate.Timeline(q.ctx, q.caller, f)
		if errors.Is(err, gate.ErrInput) {
			return badField("from", "A timeline is of up to 16 cameras, each named once, from a time to a later one: 366 days and 1100 buckets at most, of all cameras together.")
		}
		if err != nil {
			return err
		}
		b, err := json.Marshal(viewOfTimeline(q.caller.Account, t))
		if err != nil {
			return fmt.Errorf("httpapi: encoding a timeline: %w", err)
		}
		buckets := int(t.To.Sub(t.From) / t.Step)
		if len(b) <= maxTimeline || buckets < 2 {
			return q.answer(http.StatusOK, json.RawMessage(b))
		}
		f.Buckets = buckets / 2 // the sums of which are made anew, so that they are exact
	}
}

func (q *request) timelineFilter() (f gate.TimelineFilter, err error) {
	f.Buckets = defaultBuckets
	for name, value := range q.Queries() {
		switch name {
		case "cameras":
			for one := range strings.SplitSeq(value, ",") {
				id, err := media.ParseCameraID(one)
				if err != nil {
					return f, notFound()
				}
				f.Cameras = append(f.Cameras, id)
			}
		case "from":
			f.From, err = instant(name, value)
		case "to":
			f.To, err = instant(name, value)
		case "buckets":
			if f.Buckets, err = strconv.Atoi(value); err != nil {
				err = badField(name, "This is not a number of buckets.")
			}
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

func viewOfTimeline(who account.ID, t gate.Timeline) timelineView {
	at := func(x time.Time) int64 { return x.Sub(t.From).Milliseconds() }
	spans := func(list []gate.TimeSpan) [][2]int64 {
		out := make([][2]int64, 0, len(list))
		for _, s := range list {
			out = append(out, [2]int64{at(s.From), at(s.To)})
		}
		return out
	}
	v := timelineView{who, moment(t.From), moment(t.To), moment(t.Now), t.Step.Milliseconds(), make([]cameraTimeline, 0, len(t.Cameras))}
	for _, c := range t.Cameras {
		one := cameraTimeline{
			Camera: c.Camera, Continuous: spans(c.Continuous), Recorded: spans(c.Recorded), Beside: spans(c.Beside), Damaged: spans(c.Damaged), Counts: c.Events, Busy: make([]uint16, len(c.Busy)),
			Gaps: make([]timelineGap, 0, len(c.Gaps)), Events: make([]timelineEvent, 0, len(c.Named)), TooMany: c.Many,
		}
		for i, percent := range c.Busy {
			one.Busy[i] = uint16(percent)
		}
		for _, g := range c.Gaps {
			one.Gaps = append(one.Gaps, timelineGap{at(g.From), at(g.To), g.Cause, g.Count, g.Open})
		}
		for _, e := range c.Named {
			named := timelineEvent{ID: e.ID, Kind: e.Kind, Start: at(e.Start), Star: e.Star}
			if end := at(e.End); !e.End.IsZero() {
				named.End = &end
			}
			one.Events = append(one.Events, named)
		}
		v.Cameras = append(v.Cameras, one)
	}
	return v
}

// timelineRoutes are about times.
func timelineRoutes() []route {
	return []route{
		{http.MethodGet, scopePath + "/timeline", scoped, tokensToo, none, "", noBody, (*Server).timelineGet},
		{http.MethodGet, cameraPath + "/seek", scoped, tokensToo, camera, gate.History, noBody, (*Server).seekGet},
	}
}
