package gate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"time"

	"lares/cameras/fault"
	"lares/hub/account"
	"lares/hub/store"
)

const (
	// exportLife is for how long the address of an export is good: a download that broke off
	// goes on, also behind a restart of the hub.
	exportLife = 24 * time.Hour
	// mostOwnExports and mostExports bound the addresses of one session and of all; of more
	// the oldest goes.
	mostOwnExports = 16
	mostExports    = 512
)

// exportHash is what the database has of an export's address.
func exportHash(id [16]byte) []byte {
	sum := sha256.Sum256(append([]byte("lares export address\x00"), id[:]...))
	return sum[:]
}

// KeepExport keeps for a day what an address of the caller's session downloads: what to ask
// for again, no key and no right. It goes with the session or token, and with the camera. It
// returns ErrUnavailable.
func (g *Gate) KeepExport(ctx context.Context, c account.Caller, id [16]byte, s Span) error {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	now, err := g.now()
	if err != nil {
		return err
	}
	row := store.Export{Hash: exportHash(id), Holder: c.Session, Camera: s.Camera, From: s.From, To: s.To, Speed: s.Speed}
	return g.answer(g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.AddExport(ctx, row, c.Token, now, now.Add(exportLife), store.ExportLimits{Own: mostOwnExports, All: mostExports})
	}))
}

// KeptExport is what an address of the caller's own session downloads. Whether it may is asked
// by Export. It returns ErrNotFound, also for an address of another session, ErrCrossed or
// ErrUnavailable.
func (g *Gate) KeptExport(ctx context.Context, c account.Caller, id [16]byte) (s Span, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	now, err := g.now()
	if err != nil {
		return s, err
	}
	hash := exportHash(id)
	row, err := g.cfg.Store.Export(ctx, hash, c.Session, now)
	if err != nil {
		return s, g.answer(err)
	}
	if fault.On {
		row = fault.Swap(fault.Download, c.Session.String(), row)
	}
	if !bytes.Equal(row.Hash, hash) || row.Holder != c.Session {
		return s, g.crossedOwner(fault.Download, c.Account)
	}
	return Span{Camera: row.Camera, From: row.From, To: row.To, Speed: row.Speed}, nil
}
