package httpapi

import (
	"errors"
	"net/http"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/recorder"
)

// maxSeek bounds the clips that are looked into for one that opens: whose file is gone or
// holds nothing yet is passed over.
const maxSeek = 4

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
	answer := struct {
		Account account.ID `json:"account"`
		Place   *seekPlace `json:"place,omitempty"`
	}{Account: q.caller.Account}
	for range maxSeek {
		pass, found, err := s.cfg.Gate.Seek(q.ctx, q.caller, f)
		if errors.Is(err, gate.ErrInput) {
			return badField("at", "A moment to look for is needed.")
		}
		if err != nil {
			return err
		}
		if pass.Clip().IsZero() {
			break
		}
		q.pass = pass
		place, err := s.placeOf(q, found, f)
		if err == nil {
			answer.Place = place
			break
		}
		if !errors.Is(err, gate.ErrNotFound) && !errors.Is(err, recorder.ErrNoClip) {
			return err
		}
		if f.Not = found.Clip; f.Back {
			f.At = found.Start
		} else if end := found.Start.Add(found.Duration); end.After(f.At) {
			f.At = end
		}
	}
	return q.answer(http.StatusOK, answer)
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
