//! What a running gateway cannot change: it holds sockets, a store and timers that were made at start.
//!
//! Start at [`Gateway::fixed_changes`].

use super::gateway::Gateway;

impl Gateway {
    /// The keys whose values a reload from `self` to `other` would have to change and cannot.
    pub fn fixed_changes(&self, other: &Self) -> Vec<&'static str> {
        let (a, b) = (self, other);
        let mut changed = vec![
            ("party", a.party != b.party),
            ("folders.store", a.store_dir != b.store_dir),
            ("log.origin", a.log.origin != b.log.origin),
            ("log.key", *a.log.key != *b.log.key),
            ("telemetry.log", a.log_filter != b.log_filter),
        ];
        let (x, y) = (&a.partner_listener, &b.partner_listener);
        changed.extend([
            ("partner_listener.address", x.address != y.address),
            (
                "partner_listener.connections_max",
                x.connections_max != y.connections_max,
            ),
        ]);
        let (x, y) = (&a.national_listener, &b.national_listener);
        changed.extend([
            ("national_listener.address", x.address != y.address),
            (
                "national_listener.connections_max",
                x.connections_max != y.connections_max,
            ),
        ]);
        let (x, y) = (&a.limits, &b.limits);
        changed.extend([
            (
                "limits.body_bytes_max",
                x.body_bytes_max != y.body_bytes_max,
            ),
            ("limits.depth_max", x.depth_max != y.depth_max),
            (
                "limits.attributes_max",
                x.attributes_max != y.attributes_max,
            ),
            (
                "limits.namespaces_max",
                x.namespaces_max != y.namespaces_max,
            ),
            ("limits.in_flight_max", x.in_flight_max != y.in_flight_max),
        ]);
        let (x, y) = (&a.timeouts, &b.timeouts);
        changed.extend([
            ("timeouts.handshake_s", x.handshake != y.handshake),
            ("timeouts.header_s", x.header != y.header),
            ("timeouts.body_s", x.body != y.body),
            ("timeouts.idle_s", x.idle != y.idle),
            ("timeouts.delivery_s", x.delivery != y.delivery),
            ("timeouts.drain_s", x.drain != y.drain),
        ]);
        let changed = changed.into_iter().filter(|(_, differs)| *differs);
        changed.map(|(key, _)| key).collect()
    }
}
