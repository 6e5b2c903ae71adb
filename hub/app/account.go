package app

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"

	"lares/hub/account"
)

const recoverSays = `%s gets a new password, and with it new keys. They open NOTHING that was recorded before: neither the recordings of %[1]s's own cameras nor of those
shared with %[1]s. They stay on the disk, and open for whoever they were shared with. The cameras record for the new keys from the moment %[1]s signs in, and not before: until then
they go on for those whom they are shared with, and NOBODY ELSE opens what they record. Sessions, API tokens, guest links, offers of cameras, second factor, recovery code and lockdowns of %[1]s end now; who shares
a camera with %[1]s is told, and confirms the new keys first.
If %[1]s still has the recovery code, use that in the browser instead: nothing is lost then.
`

const reopenSays = `%s no longer needs the second factor, and the recovery code works again wherever ten wrong ones were tried. A lockdown that %[1]s started is lifted. Password, keys and recordings stay as they are.
Do this for somebody whom you know: whoever has the password gets in without the second factor.
`

// accounts lists accounts, lets somebody in again, or gives them a new password.
func accounts(ctx context.Context, build Build, args []string, stdout, stderr io.Writer) error {
	var file *string
	c, err := openConsole("account", args, stdout, stderr, func(f *flag.FlagSet) {
		file = f.String("password-file", "", "file whose first line is the new password")
	})
	switch {
	case err != nil:
		return err
	case len(c.args) == 1 && c.args[0] == "list":
		return c.listAccounts(ctx, build)
	case len(c.args) == 2 && c.args[0] == "recover":
		return c.recoverAccount(ctx, build, c.args[1], *file)
	case len(c.args) == 2 && c.args[0] == "reopen":
		return c.reopenAccount(ctx, build, c.args[1])
	}
	return errors.New("say what to do: lares account list, lares account reopen NAME, or lares account recover NAME")
}

// asked has the running hub do something, or a hub that is opened for it.
func (c *console) asked(ctx context.Context, build Build, line string, self func(*house) (string, error)) (answer string, err error) {
	answer, err = askControl(ctx, c.cfg.Control(), line)
	if !errors.Is(err, errNoHub) {
		return answer, err
	}
	h, err := c.openStopped(ctx, build)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	return self(h)
}

// listed is one account as the console shows it.
type listed struct {
	Name     string `json:"name"`
	Operator bool   `json:"operator"`
	Created  string `json:"created"`
}

func (h *house) listAccounts(ctx context.Context) (string, error) {
	list, err := h.accounts.List(ctx)
	if err != nil {
		return "", err
	}
	out := make([]listed, len(list))
	for i, a := range list {
		out[i] = listed{a.Name, a.Operator, a.Created.Format(dateForm)}
	}
	b, err := json.Marshal(out)
	return string(b), err
}

const dateForm = "2006-01-02"

func (c *console) listAccounts(ctx context.Context, build Build) error {
	answer, err := c.asked(ctx, build, "accounts", func(h *house) (string, error) { return h.listAccounts(ctx) })
	if err != nil {
		return err
	}
	var list []listed
	if err := json.Unmarshal([]byte(answer), &list); err != nil {
		return fmt.Errorf("app: the hub's answer: %w", err)
	}
	for _, a := range list {
		role := ""
		if a.Operator {
			role = "\toperator"
		}
		fmt.Fprintf(c.out, "%s\tsince %s%s\n", a.Name, a.Created, role)
	}
	return nil
}

// reopenAccount takes back what keeps somebody out who has the password or the
// recovery code.
func (c *console) reopenAccount(ctx context.Context, build Build, name string) error {
	fmt.Fprintf(c.ask, reopenSays, name)
	if err := c.confirm("Let " + name + " in?"); err != nil {
		return err
	}
	answer, err := c.asked(ctx, build, "reopen "+name, func(h *house) (string, error) { return h.reopen(ctx, name) })
	if err == nil {
		fmt.Fprintln(c.out, answer)
	}
	return err
}

// reopen answers `lares account reopen`.
func (h *house) reopen(ctx context.Context, name string) (string, error) {
	err := h.accounts.Reopen(ctx, name)
	if errors.Is(err, account.ErrNotFound) {
		return "", noAccount(name)
	}
	return name + " can sign in with the password alone, or with the recovery code.", err
}

// renewal is what the console asks of the hub, as JSON on one line.
type renewal struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

func (c *console) recoverAccount(ctx context.Context, build Build, name, file string) error {
	fmt.Fprintf(c.ask, recoverSays, name)
	if err := c.confirm("Give " + name + " new keys?"); err != nil {
		return err
	}
	password, err := c.newPassword(file)
	if err != nil {
		return err
	}
	b, err := json.Marshal(renewal{name, password})
	if err != nil {
		return err
	}
	answer, err := c.asked(ctx, build, "recover "+string(b), func(h *house) (string, error) { return h.renew(ctx, string(b)) })
	if err == nil {
		fmt.Fprintln(c.out, answer)
	}
	return err
}

// newPassword reads the password of a person; how good it has to be the hub
// says.
func (c *console) newPassword(file string) (string, error) {
	if file != "" {
		return c.passphrase(file, false)
	}
	p := c.hidden("New password: ")
	if p != c.hidden("The same again: ") {
		return "", errors.New("the two differ; nothing was done")
	}
	return p, nil
}

// renew answers `lares account recover`.
func (h *house) renew(ctx context.Context, arg string) (string, error) {
	var r renewal
	if err := json.Unmarshal([]byte(arg), &r); err != nil {
		return "", errors.New("the command came garbled")
	}
	whose, cameras, err := h.accounts.Renew(ctx, r.Name, r.Password)
	switch {
	case errors.Is(err, account.ErrCredentials):
		return "", noAccount(r.Name)
	case errors.Is(err, account.ErrPassword):
		return "", errors.New("this password is too short or too common: choose one of ten characters or more")
	case err != nil:
		return "", err
	}
	done := fmt.Sprintf("%s has new keys; %d cameras record for them once %[1]s signs in: do that now. Tell those who share cameras with %[1]s.", whose.Name, cameras)
	if err := h.cutOff(ctx, whose.ID); err != nil {
		done += fmt.Sprintf(" It is done and need not be done again, but not all about it went well: %v", err)
	}
	return done, nil
}

func noAccount(name string) error {
	return fmt.Errorf("there is no account %q: lares account list shows them", name)
}

// cutOff cuts what the old sessions of an account still watch.
func (h *house) cutOff(ctx context.Context, who account.ID) error {
	cameras, err := h.store.AllCameras(ctx)
	if err != nil || h.fleet == nil {
		return err // a hub that does not run
	}
	for _, c := range cameras {
		h.revoked(who, c.ID)
	}
	return nil
}
