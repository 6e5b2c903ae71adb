package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"lares/hub/gate"
)

// exportGet sends the export of an address, or one range of it (RFC 9110 §14).
// It has a validator, made for its own address, as no private answer but downloads has: with If-Range a
// download that broke off goes on where the film is still the same, and begins anew where a
// clip of it was removed meanwhile, or another version of the hub would lay it out. A time-lapse
// that takes too long to measure is sent without its length, and begins anew.
func (s *Server) exportGet(q *request, id downloadID) error {
	of, err := s.cfg.Gate.KeptExport(q.ctx, q.caller, id)
	if err != nil {
		return err
	}
	q.camera = of.Camera
	ctx, cancel := context.WithTimeout(s.life, surveyTimeout+s.measureIn)
	defer cancel()
	film, err := s.cfg.Gate.Export(ctx, q.caller, of, s.cfg.Recorder.Clip)
	if errors.Is(err, gate.ErrNotFound) {
		s.cfg.Gate.Denied(q.caller, q.camera)
	}
	if err == nil {
		err = s.measure(ctx, film)
	}
	if err != nil {
		return exportProblem(of, err)
	}
	camera, err := s.cfg.Gate.Camera(ctx, q.caller, q.camera)
	if err != nil {
		return err
	}
	want := span{0, film.Size()}
	if film.Size() >= 0 {
		tag := `"` + film.Tag(append(id[:], s.cfg.Version...)) + `"`
		if want, err = q.wanted(film.Size(), tag, "The export ends before this range."); err != nil {
			return err
		}
	}
	q.Set(fiber.HeaderContentType, videoMP4)
	q.Set(fiber.HeaderContentDisposition, attachment(camera.Name, film.Begin(), "mp4"))
	if q.Method() == http.MethodHead {
		return q.headed(film.Size())
	}
	if err := film.Announce(ctx); err != nil {
		return err
	}
	if err := film.May(ctx); err != nil { // a commit may have taken long
		film.Close()
		return err
	}
	return s.streams.send(q, body{
		size:  max(-1, want.end-want.start),
		write: func(ctx context.Context, w *gate.Wire) error { return film.Write(ctx, w, want.start, want.end) },
		may:   film.May,
		done:  film.Close,
	})
}

// measureTimeout bounds how much later the first byte of a time-lapse comes for its length: enough
// for a day on most disks, and less than a proxy waits.
const measureTimeout = 40 * time.Second

// measuresMost is how many are measured at once: one takes most of a core, and goes on when nobody
// waits for it any more.
const measuresMost = 2

// measure finds out how long a film is, if that takes no longer than it may, its turn included.
func (s *Server) measure(ctx context.Context, film *gate.Film) error {
	if film.Size() >= 0 {
		return nil
	}
	measuring, cancel := context.WithTimeout(ctx, s.measureIn)
	defer cancel()
	select {
	case s.measures <- struct{}{}:
		defer func() { <-s.measures }()
	case <-measuring.Done():
		return ctx.Err()
	}
	if err := film.Measure(measuring); measuring.Err() == nil {
		return err
	}
	return ctx.Err()
}

// spanEvidenceGet sends the bundle of a span.
func (s *Server) spanEvidenceGet(q *request, of gate.Span) error {
	q.camera = of.Camera
	pass, err := s.cfg.Gate.Admit(q.ctx, q.caller, of.Camera, gate.Export)
	if errors.Is(err, gate.ErrNotFound) {
		s.cfg.Gate.Denied(q.caller, of.Camera)
	}
	if err != nil {
		return err
	}
	bundle, err := s.cfg.Gate.SpanEvidence(q.ctx, q.caller, of, s.cfg.Recorder.Clip)
	if err != nil {
		return exportProblem(of, err)
	}
	caller, heard, since := q.caller, pass.Heard(), bundle.Manifest().Clips[0].Start
	return s.sendEvidence(q, bundle, func(ctx context.Context) error {
		p, err := s.cfg.Gate.StillExports(ctx, caller, of.Camera, since)
		return stillHeard(heard, p, err)
	})
}
