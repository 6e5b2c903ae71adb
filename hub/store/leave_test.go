package store

import (
	"context"
	"testing"
)

// TestHubLockdownOutlivesItsMaker: who leaves the hub takes its own lockdown
// along, and not that of the hub.
func TestHubLockdownOutlivesItsMaker(t *testing.T) {
	s := openTest(t)
	olga, otto := addAccount(t, s, "olga"), addAccount(t, s, "otto")
	update(t, s, func(ctx context.Context, tx *Tx) error {
		for _, id := range []AccountID{olga, otto} {
			if err := tx.SetOperator(ctx, id, true); err != nil {
				return err
			}
		}
		for _, id := range []AccountID{WholeHub(), olga} {
			if err := tx.PutLockdown(ctx, Lockdown{Account: id, Maker: olga, Session: SessionID{1}, Since: t0}); err != nil {
				return err
			}
		}
		return tx.RemoveAccount(ctx, olga, t0)
	})
	rows, err := s.Lockdowns(t.Context(), olga)
	if err != nil || len(rows) != 1 || rows[0].Account != WholeHub() || rows[0].Maker != otto || !rows[0].Session.IsZero() {
		t.Errorf("%+v %v", rows, err)
	}
}
