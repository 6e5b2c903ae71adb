// Package ca is the hub's own certificate authority: browsers on the LAN trust
// the hub by trusting it once. Its key signs nothing but this hub's
// certificates, and its name constraints keep it to names of a home network.
package ca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lares/cameras/clock"
)

const (
	rootYears = 10
	// leafDays stays below the 398 days that Apple's platforms accept.
	leafDays = 397
	// backdate forgives clocks of clients that run late.
	backdate = 24 * time.Hour
)

// homeNames are the domains the authority may sign (RFC 5280 §4.2.1.10):
// names that no public authority gives out.
var homeNames = []string{"local", "localhost", "lan", "home", "internal", "home.arpa", "fritz.box"}

// Authority signs the hub's certificates.
type Authority struct {
	clock clock.Clock
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
}

// Open loads the authority of a data folder, or makes one there: ca.pem (0644)
// and ca.key (0600) in its folder ca.
func Open(data string, c clock.Clock) (*Authority, error) {
	dir := filepath.Join(data, "ca")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("ca: making its folder: %w", err)
	}
	a, err := load(dir)
	if errors.Is(err, fs.ErrNotExist) {
		a, err = create(dir, c.Now())
	}
	if err != nil {
		return nil, err
	}
	a.clock = c
	return a, nil
}

func load(dir string) (*Authority, error) {
	cert, err := readPEM(filepath.Join(dir, "ca.pem"), "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	key, err := readPEM(filepath.Join(dir, "ca.key"), "EC PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	a := &Authority{}
	if a.cert, err = x509.ParseCertificate(cert); err != nil {
		return nil, fmt.Errorf("ca: %s/ca.pem: %w", dir, err)
	}
	if a.key, err = x509.ParseECPrivateKey(key); err != nil {
		return nil, fmt.Errorf("ca: %s/ca.key: %w", dir, err)
	}
	if !a.key.PublicKey.Equal(a.cert.PublicKey) {
		return nil, fmt.Errorf("ca: ca.pem and ca.key in %s do not belong together: restore both, or remove both to make new ones that every device must trust again", dir)
	}
	return a, nil
}

func create(dir string, now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("ca: making a key: %w", err)
	}
	permitted := append([]string(nil), homeNames...)
	if h, err := os.Hostname(); err == nil && h != "" {
		permitted = append(permitted, strings.ToLower(h))
	}
	template := &x509.Certificate{
		SerialNumber: serial(),
		// The suffix tells two hubs of one home apart in a list of authorities.
		Subject:   pkix.Name{CommonName: "Lares home hub " + strings.ToUpper(serial().Text(36)[:6])},
		NotBefore: now.Add(-backdate), NotAfter: now.AddDate(rootYears, 0, 0),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		PermittedDNSDomains: permitted, PermittedDNSDomainsCritical: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("ca: signing its own certificate: %w", err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("ca: encoding its key: %w", err)
	}
	// The key first: a certificate without its key would be trusted for nothing.
	if err := writePEM(filepath.Join(dir, "ca.key"), "EC PRIVATE KEY", private, 0o600); err != nil {
		return nil, err
	}
	if err := writePEM(filepath.Join(dir, "ca.pem"), "CERTIFICATE", der, 0o644); err != nil {
		return nil, err
	}
	for _, folder := range [...]string{dir, filepath.Dir(dir)} {
		if err := syncFolder(folder); err != nil {
			return nil, fmt.Errorf("ca: making its files durable: %w", err)
		}
	}
	return load(dir)
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// DER is the authority's certificate, as devices import it.
func (a *Authority) DER() []byte { return a.cert.Raw }

// PEM is the same in its text form.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Fingerprint is SHA-256 over DER in the form that certificate viewers show:
// hexadecimal pairs with colons.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(pairs, ":")
}

// permits reports whether the authority's name constraints allow a host name.
func (a *Authority) permits(name string) bool {
	for _, d := range a.cert.PermittedDNSDomains {
		if name == d || strings.HasSuffix(name, "."+d) {
			return true
		}
	}
	return false
}

// issue makes a certificate for the hub under the given names and addresses.
func (a *Authority) issue(h hosts) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("ca: making a key: %w", err)
	}
	now := a.clock.Now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "lares.local"},
		NotBefore: now.Add(-backdate), NotAfter: now.AddDate(0, 0, leafDays).Add(-backdate),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, DNSNames: h.names, IPAddresses: h.addresses,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("ca: signing a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("ca: reading back a certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

func serial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b)
	b[0] = b[0]&0x7f | 0x40 // positive and of one length (RFC 5280 §4.1.2.2)
	return new(big.Int).SetBytes(b)
}

func readPEM(name, kind string) ([]byte, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("ca: %s holds no %s: restore it from a backup, or remove the folder to make a new authority that every device must trust again", name, strings.ToLower(kind))
	}
	return block.Bytes, nil
}

// writePEM makes a file whole or not at all, also if the power goes.
func writePEM(name, kind string, der []byte, mode fs.FileMode) error {
	temporary := name + ".new"
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return fmt.Errorf("ca: %w", err)
	}
	err = pem.Encode(f, &pem.Block{Type: kind, Bytes: der})
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("ca: %w", err)
	}
	if err := os.Rename(temporary, name); err != nil {
		return fmt.Errorf("ca: %w", err)
	}
	return nil
}
