//! The gateway on the wire: the partner and national listeners, and the client that delivers.
//!
//! Start at [`serve`], which runs one listener, and at [`PartnerEndpoint`] and [`NationalEndpoint`],
//! which say what each answers. Who a peer is comes from its TLS certificate or its token, never from
//! a message. The room hands bytes to the conductor through [`Service`] and knows no XML, no
//! signatures and no storage.

mod access;
mod body;
mod client;
mod connections;
mod error;
mod gateway;
mod listener;
mod national;
mod partner;
mod peers;
mod probe;
mod problem;
mod router;
mod service;
mod tls;
mod turned;

pub use access::{Credential, Principals};
pub use client::{Client, Target, Targets};
pub use error::Error;
pub use listener::{Endpoint, Limits, Listening, Stop, serve};
pub use national::{NationalEndpoint, NationalFace};
pub use partner::{PartnerEndpoint, PartnerFace, PartnerPeer};
pub use peers::{Peer, PeerIdentity, Peers, Standing, Standings};
pub use probe::{Probed, Seen, Shown, Stop as ProbeStop, probe};
pub use problem::{MEDIA_TYPE as PROBLEM_MEDIA_TYPE, Problem};
pub use service::{
    Answer, AnswerStatus, Content, Entry, Failure, InboxForm, Service, Submission, View, Wish,
};
pub use tls::{ServerIdentity, pinned_client};
pub use turned::TurnedAway;
