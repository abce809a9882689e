//! Addresses of machines and of networks.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Context, flag, no_overload, not_a, number, text};
use crate::Failure;
use crate::eval::Outcome;
use crate::value::{Kind, Value};

/// A network such as `10.0.0.0/8`. The address may have bits beyond the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    prefix: u32,
}

impl fmt::Display for Cidr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.address, self.prefix)
    }
}

/// Reads an address; IPv4 in the form of IPv6 is refused.
fn parse_ip(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.parse().ok()?;
    let is_mapped = matches!(address, IpAddr::V6(six) if six.to_ipv4_mapped().is_some());
    (!is_mapped).then_some(address)
}

impl Cidr {
    fn parse(text: &str) -> Option<Cidr> {
        let (address, prefix) = text.rsplit_once('/')?;
        let address = parse_ip(address)?;
        let is_strict = prefix.bytes().all(|digit| digit.is_ascii_digit())
            && (prefix == "0" || !prefix.starts_with('0'));
        let prefix = prefix.parse().ok().filter(|_| is_strict)?;
        (prefix <= width(address)).then_some(Cidr { address, prefix })
    }

    fn contains(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && masked_bits(address, self.prefix) == masked_bits(self.address, self.prefix)
    }

    fn masked(self) -> Cidr {
        let bits = masked_bits(self.address, self.prefix);
        let address = match self.address {
            IpAddr::V4(_) => Ipv4Addr::from_bits(bits as u32).into(),
            IpAddr::V6(_) => Ipv6Addr::from_bits(bits).into(),
        };
        Cidr { address, ..self }
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The bits of the address, those after the prefix cleared.
fn masked_bits(address: IpAddr, prefix: u32) -> u128 {
    let bits = match address {
        IpAddr::V4(four) => u128::from(four.to_bits()),
        IpAddr::V6(six) => six.to_bits(),
    };
    let dropped = width(address) - prefix;
    bits.checked_shr(dropped)
        .and_then(|kept| kept.checked_shl(dropped))
        .unwrap_or(0)
}

fn one<'v, 'a>(arguments: &'v [Value<'a>]) -> Result<&'v Kind<'a>, Failure<'a>> {
    match arguments {
        [one, ..] => Ok(&one.kind),
        [] => Err(no_overload(arguments)),
    }
}

fn read_ip<'a>(text: &str) -> Result<IpAddr, Failure<'a>> {
    parse_ip(text).ok_or_else(|| not_a(text, "an IP address"))
}

fn read_cidr<'a>(text: &str) -> Result<Cidr, Failure<'a>> {
    Cidr::parse(text).ok_or_else(|| not_a(text, "a network such as `10.0.0.0/8`"))
}

pub(super) fn ip<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let address = match one(arguments)? {
        Kind::Text(text) => read_ip(text)?,
        Kind::Cidr(cidr) => cidr.address,
        _ => return Err(no_overload(arguments)),
    };
    Ok(Kind::Ip(address).into())
}

pub(super) fn is_ip<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments {
        [of] => flag(parse_ip(text(of)?).is_some()),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn is_canonical<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments {
        [of] => flag(read_ip(text(of)?)?.to_string() == text(of)?),
        _ => Err(no_overload(arguments)),
    }
}

fn address<'a>(arguments: &[Value<'a>]) -> Result<IpAddr, Failure<'a>> {
    match one(arguments)? {
        Kind::Ip(address) => Ok(*address),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn family<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    number(if address(arguments)?.is_ipv4() { 4 } else { 6 })
}

pub(super) fn is_unspecified<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    flag(address(arguments)?.is_unspecified())
}

pub(super) fn is_loopback<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    flag(address(arguments)?.is_loopback())
}

fn has_link_local_multicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.octets()[..3] == [224, 0, 0],
        IpAddr::V6(six) => six.segments()[0] & 0xff0f == 0xff02,
    }
}

fn has_link_local_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_link_local(),
        IpAddr::V6(six) => six.is_unicast_link_local(),
    }
}

pub(super) fn is_link_local_multicast<'a>(
    _: &Context<'_, 'a>,
    arguments: &[Value<'a>],
) -> Outcome<'a> {
    flag(has_link_local_multicast(address(arguments)?))
}

pub(super) fn is_link_local_unicast<'a>(
    _: &Context<'_, 'a>,
    arguments: &[Value<'a>],
) -> Outcome<'a> {
    flag(has_link_local_unicast(address(arguments)?))
}

pub(super) fn is_global_unicast<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let address = address(arguments)?;
    let is_broadcast = address == IpAddr::V4(Ipv4Addr::BROADCAST);
    flag(
        !is_broadcast
            && !address.is_unspecified()
            && !address.is_loopback()
            && !address.is_multicast()
            && !has_link_local_unicast(address),
    )
}

pub(super) fn cidr<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments {
        [of] => Ok(Kind::Cidr(read_cidr(text(of)?)?).into()),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn is_cidr<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments {
        [of] => flag(Cidr::parse(text(of)?).is_some()),
        _ => Err(no_overload(arguments)),
    }
}

fn network<'a>(arguments: &[Value<'a>]) -> Result<Cidr, Failure<'a>> {
    match one(arguments)? {
        Kind::Cidr(cidr) => Ok(*cidr),
        _ => Err(no_overload(arguments)),
    }
}

pub(super) fn contains_ip<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let address = match arguments.get(1).map(|value| &value.kind) {
        Some(Kind::Text(text)) => read_ip(text)?,
        Some(Kind::Ip(address)) => *address,
        _ => return Err(no_overload(arguments)),
    };
    flag(network(arguments)?.contains(address))
}

pub(super) fn contains_cidr<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let inner = match arguments.get(1).map(|value| &value.kind) {
        Some(Kind::Text(text)) => read_cidr(text)?,
        Some(Kind::Cidr(cidr)) => *cidr,
        _ => return Err(no_overload(arguments)),
    };
    let outer = network(arguments)?;
    flag(outer.prefix <= inner.prefix && outer.contains(inner.address))
}

pub(super) fn prefix_length<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    number(network(arguments)?.prefix.into())
}

pub(super) fn masked<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    Ok(Kind::Cidr(network(arguments)?.masked()).into())
}
