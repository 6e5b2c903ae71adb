package worker

import (
	"context"
	"errors"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
)

// meet has whoever answers recognised before it is asked for anything that
// takes the password, if the hub knows already who it should be. The request
// that shows the TLS key and fills the kernel's neighbour table carries none.
func (s *session) meet(ctx context.Context, u *base.URL) error {
	if s.w.start.PinKind == "" && !s.w.met.Load() {
		return nil
	}
	_, err := s.client.Options(u.CloneWithoutCredentials())
	var refused liberrors.ErrClientBadStatusCode
	if err != nil && !errors.As(err, &refused) { // many answer nobody
		return err
	}
	return s.know(ctx)
}

// know tells the hub who answers, once per connection.
func (s *session) know(ctx context.Context) error {
	if s.known {
		return nil
	}
	if err := s.identify(ctx, s.tlsKey); err != nil {
		return err
	}
	s.known = true
	s.w.met.Store(true)
	if s.digest {
		s.tellDigest(&s.told)
	}
	return nil
}
