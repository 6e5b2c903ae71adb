package store

import "lares/cameras/media"

// AccountID names one account, for ever.
type AccountID = media.ID[account]

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
)

// NewAccountID draws an account's name.
func NewAccountID() AccountID { return media.NewID[account]() }

// NewSessionID draws a login session's name.
func NewSessionID() SessionID { return media.NewID[session]() }

// NewWrapID draws a wrap's name.
func NewWrapID() WrapID { return media.NewID[wrap]() }

// NewIndexID draws an index key's name.
func NewIndexID() IndexID { return media.NewID[index]() }

// ParseAccountID reads an account's name; see media.ParseID.
func ParseAccountID(s string) (AccountID, error) { return media.ParseID[account](s) }
