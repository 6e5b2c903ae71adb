package live

import "lares/hub/account"

// talkersOf finds the open voices by whose they are.
func (s *Sockets) talkersOf(want func(*talker) bool) (found []*talker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.talks {
		if want(k) {
			found = append(found, k)
		}
	}
	return found
}

func everyTalker(*talker) bool { return true }

// talkRoom says whether the session may speak once more.
func (s *Sockets) talkRoom(id account.SessionID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.talkRoomLocked(id)
}

func (s *Sockets) talkRoomLocked(id account.SessionID) error {
	if s.closing {
		return ErrClosing
	}
	same := 0
	for k := range s.talks {
		if k.viewer.Caller.Session == id {
			same++
		}
	}
	if same >= maxTalksOfOne || len(s.talks) >= maxTalks {
		return ErrTooMany
	}
	return nil
}

func (s *Sockets) addTalk(k *talker) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.talkRoomLocked(k.viewer.Caller.Session); err != nil {
		return err
	}
	s.talked++
	k.number = s.talked
	s.talks[k] = struct{}{}
	s.done.Add(1)
	return nil
}

func (s *Sockets) removeTalk(k *talker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.talks, k)
	s.done.Done()
}
