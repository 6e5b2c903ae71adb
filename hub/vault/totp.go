package vault

import (
	"lares/cameras/seal"
	"lares/hub/store"
)

// totpKey seals the second factor: it opens after the password only.
func (a *OpenedAccount) totpKey() []byte {
	return seal.Derive(a.secret, seal.Bind("lares totp key v1", a.hub[:], a.id[:], seal.U32(a.version)))
}

func (a *OpenedAccount) totpBinding() []byte {
	return seal.Bind("lares totp v1", a.hub[:], a.id[:], seal.U32(a.version))
}

// SealTOTP seals the shared secret of a second factor under the account's own.
func (a *OpenedAccount) SealTOTP(secret []byte) store.TOTP {
	return store.TOTP{Account: a.id, Version: a.version, Sealed: seal.SealText(a.totpKey(), a.totpBinding(), secret)}
}

// OpenTOTP opens what SealTOTP sealed; seal.ErrCrossed for another account's.
func (a *OpenedAccount) OpenTOTP(f store.TOTP) ([]byte, error) {
	if f.Account != a.id {
		return nil, a.vault.crossedAccount("second factor", f.Account)
	}
	secret, err := seal.OpenText(a.totpKey(), a.totpBinding(), f.Sealed)
	if err != nil {
		return nil, a.vault.crossedAccount("second factor", a.id)
	}
	return secret, nil
}
