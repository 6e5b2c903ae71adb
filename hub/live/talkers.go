package live

import "lares/cameras/fault"

// talkersOf finds the open voices by whose they are. One that is not what was looked
// for is refused, as matching does.
func (s *Sockets) talkersOf(want func(*talker) bool) (found []*talker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.talks {
		if !want(k) {
			continue
		}
		if fault.On {
			k = fault.SwapIf(fault.VoiceRegistry, k.viewer.Caller.Account.String(), k, func(o *talker) bool { return !want(o) })
		}
		if !want(k) {
			s.cfg.Crossed(fault.VoiceRegistry, k.viewer.Caller.Account)
			continue
		}
		found = append(found, k)
	}
	return found
}

func everyTalker(*talker) bool { return true }

func (s *Sockets) addTalk(k *talker) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.takeLocked(&s.voices, k.viewer.Caller.Session); err != nil {
		return err
	}
	s.talked++
	k.number = s.talked
	s.talks[k] = struct{}{}
	return nil
}

func (s *Sockets) removeTalk(k *talker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.talks, k)
	s.leaveLocked(&s.voices, k.viewer.Caller.Session)
}
