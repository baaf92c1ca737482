//! Network filters, as an administrator adds and removes them: all of an installation's in one transaction of the system's.
//! What they say is decided in `users/filters.rs`. Errors are the system's numbers.

use std::ptr;

use windows_sys::Win32::Foundation::{
    FWP_E_FILTER_NOT_FOUND, FWP_E_PROVIDER_NOT_FOUND, FWP_E_SUBLAYER_NOT_FOUND, HANDLE,
};
use windows_sys::Win32::NetworkManagement::WindowsFilteringPlatform::{
    FWP_ACTION_BLOCK, FWP_ACTION_PERMIT, FWP_BYTE_BLOB, FWP_CONDITION_VALUE0,
    FWP_CONDITION_VALUE0_0, FWP_MATCH_EQUAL, FWP_MATCH_NOT_EQUAL, FWP_MATCH_RANGE, FWP_RANGE_TYPE,
    FWP_RANGE0, FWP_SECURITY_DESCRIPTOR_TYPE, FWP_UINT8, FWP_UINT16, FWP_UINT32, FWP_VALUE0,
    FWP_VALUE0_0, FWPM_ACTION0, FWPM_CONDITION_ALE_USER_ID, FWPM_CONDITION_IP_PROTOCOL,
    FWPM_CONDITION_IP_REMOTE_ADDRESS, FWPM_CONDITION_IP_REMOTE_PORT, FWPM_DISPLAY_DATA0,
    FWPM_FILTER_CONDITION0, FWPM_FILTER_FLAG_CLEAR_ACTION_RIGHT, FWPM_FILTER_FLAG_PERSISTENT,
    FWPM_FILTER0, FWPM_LAYER_ALE_AUTH_CONNECT_V4, FWPM_LAYER_ALE_AUTH_CONNECT_V6,
    FWPM_LAYER_ALE_AUTH_LISTEN_V4, FWPM_LAYER_ALE_AUTH_LISTEN_V6,
    FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V4, FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V6,
    FWPM_LAYER_ALE_RESOURCE_ASSIGNMENT_V4, FWPM_LAYER_ALE_RESOURCE_ASSIGNMENT_V6,
    FWPM_PROVIDER_FLAG_PERSISTENT, FWPM_PROVIDER0, FWPM_SUBLAYER_FLAG_PERSISTENT, FWPM_SUBLAYER0,
    FwpmEngineClose0, FwpmEngineOpen0, FwpmFilterAdd0, FwpmFilterDeleteByKey0, FwpmProviderAdd0,
    FwpmProviderDeleteByKey0, FwpmSubLayerAdd0, FwpmSubLayerDeleteByKey0, FwpmTransactionAbort0,
    FwpmTransactionBegin0, FwpmTransactionCommit0,
};
use windows_sys::Win32::System::Rpc::RPC_C_AUTHN_WINNT;
use windows_sys::core::GUID;

use super::account::unless;
use crate::container::sid::Sid;
use crate::users::filters::{
    Action, Condition, FILTERS, Filter, Layer, PROVIDER, SUBLAYER, key, named, ports,
};
use crate::windows::text::{Descriptor, wide};

/// Before the firewall's own: what is blocked here is blocked for good.
const FIRST: u16 = 0xfff0;

const TCP: u8 = 6;
const LOOPBACK: u32 = 0x7f00_0001;

/// The filters of an installation are these, whatever they were.
pub(super) fn set(installation: &str, users: &[Sid]) -> Result<(), u32> {
    let users = Descriptor::of(&named(users)).map_err(|error| code_of(&error))?;
    Engine::open()?.in_one(|engine| {
        engine.clear(installation)?;
        engine.stand(installation)?;
        FILTERS
            .iter()
            .try_for_each(|filter| engine.add(installation, filter, &users))
    })
}

pub(super) fn unset(installation: &str) -> Result<(), u32> {
    Engine::open()?.in_one(|engine| engine.clear(installation))
}

/// The system's filters, open.
struct Engine(HANDLE);

impl Engine {
    #[expect(unsafe_code, reason = "network filters have no safe interface")]
    fn open() -> Result<Self, u32> {
        let mut handle = ptr::null_mut();
        // SAFETY: without a name it is this machine's; the answer is checked before it is used.
        let code = unsafe {
            FwpmEngineOpen0(
                ptr::null(),
                RPC_C_AUTHN_WINNT,
                ptr::null(),
                ptr::null(),
                &raw mut handle,
            )
        };
        unless(code, &[])?;
        Ok(Self(handle))
    }

    /// All of `work`, or none of it.
    #[expect(unsafe_code, reason = "network filters have no safe interface")]
    fn in_one(&self, work: impl FnOnce(&Self) -> Result<(), u32>) -> Result<(), u32> {
        // SAFETY: the engine is open.
        unless(unsafe { FwpmTransactionBegin0(self.0, 0) }, &[])?;
        let worked = work(self).and_then(|()| {
            // SAFETY: the engine is open, and its transaction begun.
            unless(unsafe { FwpmTransactionCommit0(self.0) }, &[])
        });
        if worked.is_err() {
            // SAFETY: as above. Closing the engine would do it too.
            unsafe { FwpmTransactionAbort0(self.0) };
        }
        worked
    }

    #[expect(unsafe_code, reason = "network filters have no safe interface")]
    fn clear(&self, installation: &str) -> Result<(), u32> {
        let guid = |what| GUID::from_u128(key(installation, what));
        for filter in &FILTERS {
            let key = guid(filter.name);
            // SAFETY: the engine is open.
            let code = unsafe { FwpmFilterDeleteByKey0(self.0, &raw const key) };
            unless(code, &[FWP_E_FILTER_NOT_FOUND.cast_unsigned()])?;
        }
        let key = guid(SUBLAYER);
        // SAFETY: the engine is open.
        let code = unsafe { FwpmSubLayerDeleteByKey0(self.0, &raw const key) };
        unless(code, &[FWP_E_SUBLAYER_NOT_FOUND.cast_unsigned()])?;
        let key = guid(PROVIDER);
        // SAFETY: the engine is open.
        let code = unsafe { FwpmProviderDeleteByKey0(self.0, &raw const key) };
        unless(code, &[FWP_E_PROVIDER_NOT_FOUND.cast_unsigned()])
    }

    /// What all filters stand under.
    #[expect(unsafe_code, reason = "network filters have no safe interface")]
    fn stand(&self, installation: &str) -> Result<(), u32> {
        let mut name = wide("Ampersand");
        let mut provider_key = GUID::from_u128(key(installation, PROVIDER));
        let provider = FWPM_PROVIDER0 {
            providerKey: provider_key,
            displayData: shown(&mut name),
            flags: FWPM_PROVIDER_FLAG_PERSISTENT,
            ..FWPM_PROVIDER0::default()
        };
        // SAFETY: the engine is open; everything pointed to outlives the call.
        let code = unsafe { FwpmProviderAdd0(self.0, &raw const provider, ptr::null_mut()) };
        unless(code, &[])?;
        let sublayer = FWPM_SUBLAYER0 {
            subLayerKey: GUID::from_u128(key(installation, SUBLAYER)),
            displayData: shown(&mut name),
            flags: FWPM_SUBLAYER_FLAG_PERSISTENT,
            providerKey: &raw mut provider_key,
            weight: FIRST,
            ..FWPM_SUBLAYER0::default()
        };
        // SAFETY: as above.
        let code = unsafe { FwpmSubLayerAdd0(self.0, &raw const sublayer, ptr::null_mut()) };
        unless(code, &[])
    }

    #[expect(unsafe_code, reason = "network filters have no safe interface")]
    fn add(&self, installation: &str, filter: &Filter, users: &Descriptor) -> Result<(), u32> {
        let mut name = wide(&format!("Ampersand: {}", filter.name));
        let mut provider_key = GUID::from_u128(key(installation, PROVIDER));
        let mut values = Values::of(users);
        let mut conditions: Vec<_> = filter
            .conditions
            .iter()
            .map(|condition| values.condition(*condition))
            .collect();
        let (action, flags) = match filter.action {
            Action::Permit => (FWP_ACTION_PERMIT, 0),
            Action::Block => (FWP_ACTION_BLOCK, FWPM_FILTER_FLAG_CLEAR_ACTION_RIGHT),
        };
        let filter = FWPM_FILTER0 {
            filterKey: GUID::from_u128(key(installation, filter.name)),
            displayData: shown(&mut name),
            flags: FWPM_FILTER_FLAG_PERSISTENT | flags,
            providerKey: &raw mut provider_key,
            layerKey: layer(filter.layer),
            subLayerKey: GUID::from_u128(key(installation, SUBLAYER)),
            weight: FWP_VALUE0 {
                r#type: FWP_UINT8,
                Anonymous: FWP_VALUE0_0 {
                    uint8: filter.weight,
                },
            },
            numFilterConditions: u32::try_from(conditions.len()).unwrap_or(0),
            filterCondition: conditions.as_mut_ptr(),
            action: FWPM_ACTION0 {
                r#type: action,
                ..FWPM_ACTION0::default()
            },
            ..FWPM_FILTER0::default()
        };
        // SAFETY: the engine is open; everything pointed to outlives the call, the values of the conditions included.
        let code =
            unsafe { FwpmFilterAdd0(self.0, &raw const filter, ptr::null_mut(), ptr::null_mut()) };
        unless(code, &[])
    }
}

impl Drop for Engine {
    #[expect(unsafe_code, reason = "network filters have no safe interface")]
    fn drop(&mut self) {
        // SAFETY: it is open, and not used any more.
        unsafe { FwpmEngineClose0(self.0) };
    }
}

/// What conditions point to. They are made from it and must not outlive it, nor may it be moved.
struct Values {
    users: Box<FWP_BYTE_BLOB>,
    ports: Box<FWP_RANGE0>,
}

impl Values {
    fn of(users: &Descriptor) -> Self {
        let port = |port| FWP_VALUE0 {
            r#type: FWP_UINT16,
            Anonymous: FWP_VALUE0_0 { uint16: port },
        };
        let (first, last) = ports();
        Self {
            users: Box::new(FWP_BYTE_BLOB {
                size: users.length(),
                data: users.start().cast(),
            }),
            ports: Box::new(FWP_RANGE0 {
                valueLow: port(first),
                valueHigh: port(last),
            }),
        }
    }

    fn condition(&mut self, condition: Condition) -> FWPM_FILTER_CONDITION0 {
        let protocol = FWP_CONDITION_VALUE0_0 { uint8: TCP };
        let (field, kind, matches, value) = match condition {
            Condition::Users => (
                FWPM_CONDITION_ALE_USER_ID,
                FWP_SECURITY_DESCRIPTOR_TYPE,
                FWP_MATCH_EQUAL,
                FWP_CONDITION_VALUE0_0 {
                    sd: &raw mut *self.users,
                },
            ),
            Condition::Tcp => (
                FWPM_CONDITION_IP_PROTOCOL,
                FWP_UINT8,
                FWP_MATCH_EQUAL,
                protocol,
            ),
            Condition::NotTcp => (
                FWPM_CONDITION_IP_PROTOCOL,
                FWP_UINT8,
                FWP_MATCH_NOT_EQUAL,
                protocol,
            ),
            Condition::Loopback => (
                FWPM_CONDITION_IP_REMOTE_ADDRESS,
                FWP_UINT32,
                FWP_MATCH_EQUAL,
                FWP_CONDITION_VALUE0_0 { uint32: LOOPBACK },
            ),
            Condition::OurPorts => (
                FWPM_CONDITION_IP_REMOTE_PORT,
                FWP_RANGE_TYPE,
                FWP_MATCH_RANGE,
                FWP_CONDITION_VALUE0_0 {
                    rangeValue: &raw mut *self.ports,
                },
            ),
        };
        FWPM_FILTER_CONDITION0 {
            fieldKey: field,
            matchType: matches,
            conditionValue: FWP_CONDITION_VALUE0 {
                r#type: kind,
                Anonymous: value,
            },
        }
    }
}

const fn layer(layer: Layer) -> GUID {
    match layer {
        Layer::Connect4 => FWPM_LAYER_ALE_AUTH_CONNECT_V4,
        Layer::Connect6 => FWPM_LAYER_ALE_AUTH_CONNECT_V6,
        Layer::Accept4 => FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V4,
        Layer::Accept6 => FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V6,
        Layer::Listen4 => FWPM_LAYER_ALE_AUTH_LISTEN_V4,
        Layer::Listen6 => FWPM_LAYER_ALE_AUTH_LISTEN_V6,
        Layer::Bind4 => FWPM_LAYER_ALE_RESOURCE_ASSIGNMENT_V4,
        Layer::Bind6 => FWPM_LAYER_ALE_RESOURCE_ASSIGNMENT_V6,
    }
}

const fn shown(name: &mut [u16]) -> FWPM_DISPLAY_DATA0 {
    FWPM_DISPLAY_DATA0 {
        name: name.as_mut_ptr(),
        description: ptr::null_mut(),
    }
}

fn code_of(error: &std::io::Error) -> u32 {
    error.raw_os_error().map_or(u32::MAX, i32::cast_unsigned)
}
