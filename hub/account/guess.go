package account

// Guess counts a try of a secret that belongs to no account, such as a guest
// link's, or refuses it with ErrThrottled after too many wrong ones of that
// source. What names the kind of secret. A try counts as wrong unless right is
// called.
func (s *Service) Guess(src Source, what string) (right func(), err error) {
	// No account has such a name: control characters are not printable.
	k := key(src, "\x00"+what)
	if err := s.throttle.begin(k); err != nil {
		return nil, err
	}
	return func() { s.throttle.right(k) }, nil
}

// Attempt is Guess for what an account tries while it is signed in: what is right
// excuses none of the wrong ones before it.
func (s *Service) Attempt(id ID, what string) (right func(), err error) {
	k := attempt{one: id.String() + "\n\x00" + what}
	if err := s.throttle.begin(k); err != nil {
		return nil, err
	}
	return func() { s.throttle.undo(k) }, nil
}
