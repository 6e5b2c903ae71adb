package account

import "context"

// Service signs people in. All methods are safe for concurrent use.
type Service struct {
	cfg Config
}

// New makes the service.
func New(c Config) *Service { return &Service{cfg: c} }

// Claimed reports whether the hub has an account.
func (s *Service) Claimed(ctx context.Context) (bool, error) { return false, ErrUnavailable }

// ClaimCode makes a new one-time code for Claim, valid for 30 minutes; an
// older one dies. ErrClaimed if there is an account.
func (s *Service) ClaimCode(ctx context.Context) (string, error) { return "", ErrUnavailable }

// Claim makes the first account, the operator, and signs it in. It returns
// ErrClaimed, ErrClaimCode, ErrThrottled, ErrName, ErrPassword or
// ErrUnavailable. Of any number of claims at once one wins.
func (s *Service) Claim(ctx context.Context, src Source, code, name, password string) (SignedIn, error) {
	return SignedIn{}, ErrUnavailable
}

// SignIn opens the account with its password and starts a login session with
// a new token and scope. It returns ErrCredentials, ErrThrottled or
// ErrUnavailable; an unknown name costs the same time as a wrong password.
func (s *Service) SignIn(ctx context.Context, src Source, name, password string) (SignedIn, error) {
	return SignedIn{}, ErrUnavailable
}

// Authenticate says who holds a token, if the scope belongs to the same login
// session. It returns ErrCredentials or ErrUnavailable.
func (s *Service) Authenticate(ctx context.Context, token, scope string) (Caller, error) {
	return Caller{}, ErrUnavailable
}

// Resume is Authenticate for a reloaded page that does not know its scope yet.
// Token of the answer is the one given.
func (s *Service) Resume(ctx context.Context, token string) (SignedIn, error) {
	return SignedIn{}, ErrUnavailable
}

// SignOut ends the caller's login session and removes its key wrap.
func (s *Service) SignOut(ctx context.Context, c Caller) error { return ErrUnavailable }

// ChangePassword wraps the account's secret under a new password and ends all
// other login sessions. It returns ErrCredentials, ErrThrottled, ErrPassword
// or ErrUnavailable.
func (s *Service) ChangePassword(ctx context.Context, src Source, c Caller, old, new string) error {
	return ErrUnavailable
}

// Create makes an account that is not the operator. It returns ErrName,
// ErrPassword or ErrUnavailable.
func (s *Service) Create(ctx context.Context, name, password string) (ID, error) {
	return ID{}, ErrUnavailable
}
