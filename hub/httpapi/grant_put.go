package httpapi

import (
	"lares/hub/account"
	"lares/hub/gate"
)

// readActions reads the actions of a body.
func readActions(field string, names []string) ([]gate.Action, error) {
	list := make([]gate.Action, 0, len(names))
	for _, n := range names {
		a := gate.Action(n)
		if !a.Known() {
			return nil, badField(field, "There is no such action.")
		}
		list = append(list, a)
	}
	return list, nil
}

// owned is the account that the path of a grant names; nothing is there for who
// does not own the camera.
func (s *Server) owned(q *request) (who account.ID, err error) {
	if err := s.mine(q); err != nil {
		return who, err
	}
	return who, q.id("account", &who)
}

func (s *Server) grantPut(q *request) error {
	who, err := s.owned(q)
	if err != nil {
		return err
	}
	var actions []string
	var history, expires string
	err = q.read(field{"actions", &actions, maxWord, true}, field{"history", &history, maxWord, true}, field{"expires", &expires, maxTime, false})
	if err != nil {
		return err
	}
	r := gate.GrantRequest{Camera: q.camera, Account: who, History: gate.HistoryFrom(history)}
	if r.Actions, err = readActions("actions", actions); err != nil {
		return err
	}
	if r.History != gate.FromNow && r.History != gate.FromStart {
		return badField("history", "The history is neither now nor all.")
	}
	if r.Expires, err = readTime("expires", expires); err != nil {
		return err
	}
	if !r.Expires.IsZero() && !r.Expires.After(s.cfg.Clock.Now()) {
		return badField("expires", "This time is past.")
	}
	return q.done(s.cfg.Gate.Grant(q.ctx, q.caller, r))
}

func (s *Server) grantDelete(q *request) error {
	who, err := s.owned(q)
	if err != nil {
		return err
	}
	if err := q.read(); err != nil {
		return err
	}
	return q.done(s.cfg.Gate.Revoke(q.ctx, q.caller, q.camera, who))
}

func (s *Server) grantConfirm(q *request) error {
	who, err := s.owned(q)
	if err != nil {
		return err
	}
	if err := q.read(); err != nil {
		return err
	}
	return q.done(s.cfg.Gate.Confirm(q.ctx, q.caller, q.camera, who))
}
