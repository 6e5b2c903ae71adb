package store

import (
	"encoding/hex"
	"strings"

	"lares/cameras/media"
)

// AccountID names one account, for ever.
type AccountID = media.ID[account]

// PrincipalID names one holder of keys: an account, or an API token. Both are
// drawn from one space.
type PrincipalID = AccountID

// TokenID names one API token; PrincipalID(id) is the same as a holder of keys.
type TokenID = media.ID[token]

// GuestLinkID names one guest link.
type GuestLinkID = media.ID[guestLink]

// GuestID names one browser that came by a guest link.
type GuestID = media.ID[guest]

// InvitationID names one invitation.
type InvitationID = media.ID[invitation]

// TransferID names one offer of a camera.
type TransferID = media.ID[transfer]

// NoticeID names one notice.
type NoticeID = media.ID[notice]

// ExitID names one exit of a camera.
type ExitID = media.ID[exit]

// SessionID names one login session. It is no secret: the token is.
type SessionID = media.ID[session]

// WrapID names one wrap of an account's secret.
type WrapID = media.ID[wrap]

// IndexID names one index key: the key that seals the event texts of one
// camera, day and epoch.
type IndexID = media.ID[index]

type (
	account struct{}
	session struct{}
	wrap    struct{}
	index   struct{}

	token      struct{}
	guestLink  struct{}
	guest      struct{}
	invitation struct{}
	transfer   struct{}
	notice     struct{}
	exit       struct{}
)

// NewAccountID draws an account's name.
func NewAccountID() AccountID { return media.NewID[account]() }

// NewSessionID draws a login session's name.
func NewSessionID() SessionID { return media.NewID[session]() }

// NewExitID draws an exit's name.
func NewExitID() ExitID { return media.NewID[exit]() }

// NewInvitationID draws an invitation's name.
func NewInvitationID() InvitationID { return media.NewID[invitation]() }

// NewNoticeID draws a notice's name.
func NewNoticeID() NoticeID { return media.NewID[notice]() }

// NewWrapID draws a wrap's name.
func NewWrapID() WrapID { return media.NewID[wrap]() }

// NewIndexID draws an index key's name.
func NewIndexID() IndexID { return media.NewID[index]() }

// NewGuestLinkID draws a guest link's name.
func NewGuestLinkID() GuestLinkID { return media.NewID[guestLink]() }

// NewGuestID draws a guest's name.
func NewGuestID() GuestID { return media.NewID[guest]() }

// NewTransferID draws the name of an offer.
func NewTransferID() TransferID { return media.NewID[transfer]() }

// hexList is a JSON array of ids in hexadecimal digits: how a statement is given many.
func hexList[T ~[16]byte](ids []T) string {
	digits := make([]string, len(ids))
	for i, id := range ids {
		digits[i] = `"` + hex.EncodeToString(id[:]) + `"`
	}
	return "[" + strings.Join(digits, ",") + "]"
}
