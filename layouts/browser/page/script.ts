/** The addresses of workers' scripts, which Trusted Types let through one by one. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): unknown };
}

/** A script's address as the page's policy wants it; throws for one that is not of the form. */
export function scriptAddress(policyName: string, form: RegExp, address: string): string {
  const policy = (window as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy(policyName, {
    createScriptURL: (url) => {
      if (!form.test(url)) throw new TypeError(`${policyName} lets no other script through`);
      return url;
    },
  });
  // What takes a script takes the policy's object, which the DOM types do not know yet.
  return (policy?.createScriptURL(address) ?? address) as string;
}
