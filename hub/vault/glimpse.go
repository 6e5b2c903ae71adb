package vault

import (
	"lares/cameras/media"
	"lares/cameras/seal"
)

// GlimpseKey seals the pictures of one probe. It is made of the login session's
// token and kept nowhere: what it sealed opens only while a request of that very
// session is there. API tokens and guests have none: ErrNoKey.
func (p Proof) GlimpseKey(id media.ProbeID) ([]byte, error) {
	if p.token == nil || !p.apiToken.IsZero() || !p.guest.IsZero() {
		return nil, ErrNoKey
	}
	return seal.Derive(p.token.bytes[:], seal.Bind("lares glimpse key v1", p.account[:], p.session[:], id[:])), nil
}

// OpenGlimpse opens a picture that was sealed with the key of a proof for one
// stream of a channel of a probe. It returns ErrNoKey, or seal.ErrCrossed for a picture of
// anything else.
func (v *Vault) OpenGlimpse(p Proof, id media.ProbeID, channel uint8, role string, sealed []byte) ([]byte, error) {
	key, err := p.GlimpseKey(id)
	if err != nil {
		return nil, err
	}
	picture, err := seal.OpenText(key, seal.GlimpseBinding(id, channel, role), sealed)
	if err != nil {
		return nil, v.crossedAccount("glimpse", p.account)
	}
	return picture, nil
}
