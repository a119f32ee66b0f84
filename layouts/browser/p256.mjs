// Leaves the NIST curves out of the bundle. age-encryption and post-quantum need
// them only for recipients of hardware keys, which no file of ours has: a header
// with such a stanza is refused before either sees it. Saves 11 kB compressed.
const stub = `
const unused = () => { throw new Error("the NIST curves are not in this program") };
const curve = {
  lengths: { secretKey: 32, publicKey: 33, publicKeyUncompressed: 65, seed: 48 },
  Point: { Fn: {} },
  keygen: unused, getPublicKey: unused, getSharedSecret: unused,
};
export const p256 = curve, p384 = curve;
`;

export const withoutP256 = {
  name: "without-p256",
  setup(build) {
    build.onLoad({ filter: /@noble[\\/]curves[\\/]nist\.js$/ }, () => ({ contents: stub, loader: "js" }));
  },
};

// Passkey files need neither recipients nor passphrases of age: their script goes
// without the arithmetic of both. Saves 9 kB compressed.
const none = `
const unused = () => { throw new Error("this script opens passkey files only") };
export { unused as MLKEM768P256, unused as MLKEM768X25519, unused as p256, unused as x25519, unused as scrypt };
`;

export const onlyPasskeys = {
  name: "only-passkeys",
  setup(build) {
    build.onLoad({ filter: /@noble[\\/](post-quantum[\\/]hybrid|curves[\\/](nist|ed25519)|hashes[\\/]scrypt)\.js$/ }, () => ({ contents: none, loader: "js" }));
  },
};
