// Package auth decides who comes in and what each may do.
//
// Its terms:
//
//   - A key is an API key that Workfront sends in the apiKey header. Whoever
//     holds one speaks for any person named in the username header.
//   - A person is one whom the owner named, with a Right to each shared
//     folder. With no person defined every username has what the key has; once
//     one is defined, unknown names are refused.
//   - A principal is the answer of a successful authentication: a name and the
//     rights it has at this moment.
//   - A client is Workfront as an OAuth2 application; a grant is a person's
//     leave for a client to act for them, and the family of tokens given for it.
//   - A session is a browser that was let in, by password or by approval: the
//     owner's click at the workstation.
//   - A link is a signed address that shows one document without a sign-in.
//
// Keys and people are handed in (SetKeys, SetPeople); everything that the
// package itself hands out lives in one SQLite file and only as a hash, so a
// copy of that file lets nobody in.
//
// Failures are *Error: a kind to test with errors.Is, a sentence for a person,
// and a cause for the log.
package auth
