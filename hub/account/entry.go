package account

import "lares/hub/journal"

// Entry begins the journal's entry of something that the caller did.
func (c Caller) Entry(kind journal.Kind) journal.Entry {
	v := c.View(kind)
	return journal.Entry{Kind: kind, Account: v.Account, Via: v.Via, Session: v.Session, Place: v.Place}
}

// View begins the journal's note of something that the caller receives.
func (c Caller) View(kind journal.Kind) journal.View {
	v := journal.View{Kind: kind, Account: c.Account, Via: journal.ViaSession, Session: c.Session, Place: c.Place}
	if !c.Token.IsZero() {
		v.Via, v.Session = journal.ViaToken, c.Token
	}
	return v
}
