package httpapi

import (
	"errors"
	"net/http"
	"strconv"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
)

// anyID is an id whose kind follows from where it stands.
type anyID = media.ID[struct{}]

type entryView struct {
	Seq    int64          `json:"seq"`
	At     moment         `json:"at"`
	Kind   journal.Kind   `json:"kind"`
	Actor  actorView      `json:"actor"`
	Camera media.CameraID `json:"camera,omitzero"`
	Object anyID          `json:"object,omitzero"`
	Other  *personView    `json:"other,omitempty"`
	Count  int64          `json:"count,omitempty"`
	Bytes  int64          `json:"bytes,omitempty"`
	Span   int64          `json:"span_ms,omitempty"`
	Place  string         `json:"place,omitempty"`
	Detail map[string]any `json:"detail,omitempty"`
}

// actorView is who did it; without an id it was a guest, the console or the
// hub itself, and without a name an account that is gone.
type actorView struct {
	ID   account.ID  `json:"id,omitzero"`
	Name string      `json:"name,omitempty"`
	Via  journal.Via `json:"via"`
}

type personView struct {
	ID   account.ID `json:"id"`
	Name string     `json:"name,omitempty"`
}

func viewOfEntry(e journal.Entry, names map[account.ID]string) entryView {
	v := entryView{
		Seq: e.Seq, At: moment(e.At), Kind: e.Kind, Actor: actorView{ID: e.Account, Name: names[e.Account], Via: e.Via},
		Camera: e.Camera, Object: e.Object, Count: e.Count, Bytes: e.Bytes, Span: e.Span.Milliseconds(), Place: e.Place, Detail: e.Detail,
	}
	if !e.Other.IsZero() {
		v.Other = &personView{ID: e.Other, Name: names[e.Other]}
	}
	return v
}

// journalGet lists what concerns the caller, newest first.
func (s *Server) journalGet(q *request) error {
	filter, err := q.journalFilter()
	if err != nil {
		return err
	}
	page, err := s.cfg.Journal.List(q.ctx, filter)
	if err != nil {
		return err
	}
	views := make([]entryView, 0, len(page.Entries))
	for _, e := range page.Entries {
		v := viewOfEntry(e, page.Names)
		v.Seq = s.cfg.Journal.Number(filter.Account, e.Seq)
		views = append(views, v)
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID  `json:"account"`
		Entries []entryView `json:"entries"`
		Next    int64       `json:"next,omitempty"`
	}{q.caller.Account, views, page.Next})
}

// journalFilter reads the query.
func (q *request) journalFilter() (journal.Query, error) {
	f := journal.Query{Account: q.caller.Account, Operator: q.caller.Operator, Limit: 50}
	for name, value := range q.Queries() {
		switch name {
		case "camera":
			id, err := media.ParseCameraID(value)
			if err != nil {
				return f, notFound()
			}
			f.Camera = id
		case "kind":
			if f.Kind = journal.Kind(value); len(value) > 32 {
				return f, badField("kind", "There is no such kind.")
			}
		case "before":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil || n < 1 {
				return f, badField("before", "This is not the next of a page.")
			}
			f.Before = n
		case "limit":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > journal.MaxPage {
				return f, badField("limit", "The limit is a number from 1 to 200.")
			}
			f.Limit = n
		}
	}
	return f, nil
}

// journalHead is the newest signed head of before this hour, and whether the one that a
// browser remembers is still there: if not, rows were cut off or written anew.
func (s *Server) journalHead(q *request) error {
	var kept *journal.Head
	for name, value := range q.Queries() {
		h, err := journal.ParseHead(value)
		if err != nil {
			return badField(name, "This is not a head that was told here.")
		}
		kept = &h
	}
	h, of, err := s.cfg.Journal.Head(q.ctx, q.caller.Account, kept)
	if errors.Is(err, journal.ErrNoHead) {
		return notFound()
	}
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account    account.ID         `json:"account"`
		Head       string             `json:"head"`
		Remembered journal.Remembered `json:"remembered"`
	}{q.caller.Account, h.String(), of})
}

type watcherView struct {
	Camera media.CameraID `json:"camera"`
	ID     account.ID     `json:"account_id,omitzero"` // none: a guest
	Name   string         `json:"name,omitempty"`
	Kind   journal.Kind   `json:"kind"`
	Since  moment         `json:"since"`
}

// watching lists who sees something of the caller's own cameras now, but for
// the asking session itself.
func (s *Server) watching(q *request) ([]watcherView, error) {
	list := s.cfg.Journal.Watching(q.caller.Account, q.caller.Session)
	views := make([]watcherView, 0, len(list))
	if len(list) == 0 {
		return views, nil
	}
	names, err := s.cfg.Journal.Names(q.ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range list {
		views = append(views, watcherView{Camera: w.Camera, ID: w.Account, Name: names[w.Account], Kind: w.Kind, Since: moment(w.Since)})
	}
	return views, nil
}

func (s *Server) watchingGet(q *request) error {
	views, err := s.watching(q)
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account  account.ID    `json:"account"`
		Watching []watcherView `json:"watching"`
	}{q.caller.Account, views})
}

type noticeView struct {
	ID     string             `json:"id"`
	At     moment             `json:"at"`
	Kind   journal.NoticeKind `json:"kind"`
	Camera media.CameraID     `json:"camera,omitzero"`
	Detail map[string]any     `json:"detail,omitempty"`
	Read   bool               `json:"read"`
}

func (s *Server) noticesGet(q *request) error {
	list, err := s.cfg.Journal.Notices(q.ctx, q.caller.Account)
	if err != nil {
		return err
	}
	views := make([]noticeView, 0, len(list))
	for _, n := range list {
		views = append(views, noticeView{ID: n.ID.String(), At: moment(n.At), Kind: n.Kind, Camera: n.Camera, Detail: n.Detail, Read: n.Read})
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID   `json:"account"`
		Notices []noticeView `json:"notices"`
	}{q.caller.Account, views})
}

func (s *Server) noticesRead(q *request) error {
	if err := q.read(); err != nil {
		return err
	}
	return q.done(s.cfg.Journal.ReadNotices(q.ctx, q.caller.Account))
}

// journalRoutes are what happened, and what the caller is told.
func journalRoutes() []route {
	return []route{
		{http.MethodGet, scopePath + "/journal", scoped, inLockdown, none, "", noBody, (*Server).journalGet},
		{http.MethodGet, scopePath + "/journal/head", scoped, inLockdown, none, "", noBody, (*Server).journalHead},
		{http.MethodGet, scopePath + "/watching", scoped, 0, none, "", noBody, (*Server).watchingGet},
		{http.MethodGet, scopePath + "/notices", scoped, inLockdown, none, "", noBody, (*Server).noticesGet},
		{http.MethodPost, scopePath + "/notices/read", scoped, 0, none, "", small, (*Server).noticesRead},
	}
}
