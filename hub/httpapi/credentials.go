package httpapi

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"lares/hub/account"
)

// credentials are what a request says about who asks. They are copies: a stream
// and a socket ask with them again.
type credentials struct {
	cookie string
	bearer string // of an Authorization header (RFC 6750 §2.1)
	token  bool   // there is such a header
}

func (q *request) credentials() credentials {
	c := credentials{cookie: q.cookie(cookieName)}
	scheme, token, _ := strings.Cut(q.Get(fiber.HeaderAuthorization), " ")
	if strings.EqualFold(scheme, "Bearer") {
		c.bearer, c.token = token, true
	}
	return c
}

// tokenAlone reports whether an API token asks, and no browser's cookie.
func (c credentials) tokenAlone() bool { return c.token && c.cookie == "" }

// authenticate says who asks with this scope: a login session by its cookie, or
// an API token. Both together are nobody: what one of them may is not the
// other's to ask for.
func (s *Server) authenticate(ctx context.Context, c credentials, scope string) (account.Caller, error) {
	switch {
	case c.tokenAlone():
		return s.cfg.Accounts.AuthenticateToken(ctx, c.bearer, scope)
	case c.token:
		return account.Caller{}, account.ErrCredentials
	}
	return s.cfg.Accounts.Authenticate(ctx, c.cookie, scope)
}

// resume is authenticate for who does not know the scope yet.
func (s *Server) resume(ctx context.Context, c credentials) (account.SignedIn, error) {
	switch {
	case c.tokenAlone():
		return s.cfg.Accounts.ResumeToken(ctx, c.bearer)
	case c.token:
		return account.SignedIn{}, account.ErrCredentials
	}
	return s.cfg.Accounts.Resume(ctx, c.cookie)
}
