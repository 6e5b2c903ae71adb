package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/recorder"
)

// seekFor bounds the search for a clip that opens, as those whose file is gone or holds nothing
// yet are passed over.
const seekFor = 5 * time.Second

// errManyGone says that none was found in that time.
var errManyGone = errors.New("httpapi: too many recordings in a row do not open")

// seekPlace is where a moment is.
type seekPlace struct {
	Clip     clipView    `json:"clip"`
	Kind     string      `json:"kind"`
	Fragment int         `json:"fragment"`
	Offset   int64       `json:"offset_ms"`
	Moments  [][3]uint64 `json:"moments"`
}

// seekGet finds the clip and fragment of a time.
func (s *Server) seekGet(q *request) error {
	f, err := q.seekFilter()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(q.ctx, seekFor)
	defer cancel()
	place, err := firstPlace(ctx, f, func(f gate.SeekFilter) (gate.Recording, *seekPlace, error) { return s.seek(q, f) })
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		Place   *seekPlace `json:"place,omitempty"`
	}{q.caller.Account, place})
}

// firstPlace looks for what opens until ctx ends, and returns nil where nothing is. look returns
// no place for what was found and does not open.
func firstPlace(ctx context.Context, f gate.SeekFilter, look func(gate.SeekFilter) (gate.Recording, *seekPlace, error)) (*seekPlace, error) {
	for ctx.Err() == nil {
		found, place, err := look(f)
		if err != nil || place != nil || found.Clip.IsZero() {
			return place, err
		}
		f = f.Without(found)
	}
	return nil, errManyGone
}

// seek finds the next clip, and the moment in it: no place in one that does not open.
func (s *Server) seek(q *request, f gate.SeekFilter) (gate.Recording, *seekPlace, error) {
	pass, found, err := s.cfg.Gate.Seek(q.ctx, q.caller, f)
	if errors.Is(err, gate.ErrInput) {
		err = badField("at", "A moment to look for is needed.")
	}
	if err != nil || pass.Clip().IsZero() {
		return found, nil, err
	}
	q.pass = pass
	place, err := s.placeOf(q, found, f)
	if errors.Is(err, gate.ErrNotFound) || errors.Is(err, recorder.ErrNoClip) {
		err = nil
	}
	return found, place, err
}

func (q *request) seekFilter() (gate.SeekFilter, error) {
	f := gate.SeekFilter{Camera: q.camera}
	for name, value := range q.Queries() {
		var err error
		switch name {
		case "at":
			f.At, err = instant(name, value)
		case "back":
			if f.Back = value == "true"; !f.Back && value != "false" {
				err = badField(name, "This is neither true nor false.")
			}
		case "not":
			if f.Not, err = media.ParseClipID(value); err != nil {
				err = badField(name, "This is no id of a clip.")
			}
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

// placeOf looks for the moment in the pass's clip.
func (s *Server) placeOf(q *request, found gate.Recording, f gate.SeekFilter) (*seekPlace, error) {
	view, layout, err := s.viewOfClip(q)
	if err != nil {
		return nil, err
	}
	p := &seekPlace{Clip: view, Kind: recordingKind(found), Fragment: f.Begins(layout, time.Time(view.Start))}
	for _, m := range layout.Moments() {
		sync := uint64(0)
		if m.Sync {
			sync = 1
		}
		p.Moments = append(p.Moments, [3]uint64{m.At / 90, uint64(m.Duration) / 90, sync})
	}
	p.Offset = int64(p.Moments[p.Fragment][0])
	return p, nil
}
