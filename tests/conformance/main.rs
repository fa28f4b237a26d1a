//! Us against outside judges: published vector suites and the reference programs.

#[cfg(test)]
mod acts;
#[cfg(test)]
mod arrival;
#[cfg(test)]
mod asia;
#[cfg(test)]
mod authority;
#[cfg(test)]
mod c14n;
#[cfg(test)]
mod charsets;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod every_lane;
#[cfg(test)]
mod exceptions;
#[cfg(test)]
mod houses;
#[cfg(test)]
mod merkle;
#[cfg(test)]
mod national;
#[cfg(test)]
mod profiles;
#[cfg(test)]
mod receipt;
#[cfg(test)]
mod release;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod translation;
#[cfg(test)]
mod wco;
#[cfg(test)]
mod x509_limbo;
#[cfg(test)]
mod xmldsig;
#[cfg(test)]
mod xmlsec1;
