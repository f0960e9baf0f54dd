// Signing in with masto.js by the page for people, whose address the test opens.
import { createOAuthAPIClient, createRestAPIClient } from "masto";
import { heard, say } from "./said.mjs";

const OOB = "urn:ietf:wg:oauth:2.0:oob";
const SCOPES = "read write follow push";

/** A client that speaks as whom the reader of the page chose. */
export async function signedIn(url) {
  const stranger = createRestAPIClient({ url });
  const app = await stranger.v1.apps.create({ clientName: "masto.js", redirectUris: OOB, scopes: SCOPES });
  const query = new URLSearchParams({
    response_type: "code", client_id: app.clientId, redirect_uri: OOB, scope: SCOPES,
  });
  say({ authorize: `${url}/oauth/authorize?${query}` });
  const { code } = await heard();
  const token = await createOAuthAPIClient({ url }).token.create({
    grantType: "authorization_code", clientId: app.clientId, clientSecret: app.clientSecret, redirectUri: OOB, code,
    scope: SCOPES,
  });
  return createRestAPIClient({ url, accessToken: token.accessToken });
}
