//! What a job allows its processes: how many they are, what they take of memory and processors, and nothing of the desktop.

use std::ffi::c_void;
use std::io;
use std::mem::{size_of, zeroed};
use std::os::windows::io::AsRawHandle;
use std::ptr;
use std::sync::atomic::Ordering;

use windows_sys::Win32::System::JobObjects::{
    JOB_OBJECT_CPU_RATE_CONTROL_ENABLE, JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP,
    JOB_OBJECT_LIMIT_ACTIVE_PROCESS, JOB_OBJECT_LIMIT_JOB_MEMORY,
    JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, JOB_OBJECT_LIMIT_PRIORITY_CLASS,
    JOB_OBJECT_UILIMIT_DESKTOP, JOB_OBJECT_UILIMIT_DISPLAYSETTINGS, JOB_OBJECT_UILIMIT_EXITWINDOWS,
    JOB_OBJECT_UILIMIT_GLOBALATOMS, JOB_OBJECT_UILIMIT_HANDLES, JOB_OBJECT_UILIMIT_READCLIPBOARD,
    JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS, JOB_OBJECT_UILIMIT_WRITECLIPBOARD,
    JOBOBJECT_BASIC_UI_RESTRICTIONS, JOBOBJECT_CPU_RATE_CONTROL_INFORMATION,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JOBOBJECTINFOCLASS, JobObjectBasicUIRestrictions,
    JobObjectCpuRateControlInformation, JobObjectExtendedLimitInformation,
    QueryInformationJobObject, SetInformationJobObject,
};
use windows_sys::Win32::System::Threading::BELOW_NORMAL_PRIORITY_CLASS;

use super::{Members, truth};
use crate::spec::Bounds;

/// Everybody's share of the processors.
const EVERYBODYS: u32 = 100;

/// The whole of the processors, as the system counts a rate.
const WHOLE: u32 = 10_000;

/// All there is to keep a process from on a desktop.
const OFF_DESKTOP: u32 = JOB_OBJECT_UILIMIT_DESKTOP
    | JOB_OBJECT_UILIMIT_DISPLAYSETTINGS
    | JOB_OBJECT_UILIMIT_EXITWINDOWS
    | JOB_OBJECT_UILIMIT_GLOBALATOMS
    | JOB_OBJECT_UILIMIT_HANDLES
    | JOB_OBJECT_UILIMIT_READCLIPBOARD
    | JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS
    | JOB_OBJECT_UILIMIT_WRITECLIPBOARD;

impl Members {
    /// The most memory it ever had: an allocation beyond the bound is refused, so that whoever tried has just as much.
    #[expect(unsafe_code, reason = "job objects have no safe interface")]
    pub(super) fn peak(&self) -> io::Result<u64> {
        // SAFETY: all-zero is a valid value; it holds integers only.
        let mut limits: JOBOBJECT_EXTENDED_LIMIT_INFORMATION = unsafe { zeroed() };
        let size = size_of::<JOBOBJECT_EXTENDED_LIMIT_INFORMATION>() as u32;
        // SAFETY: the pointer and its size describe `limits`.
        truth(unsafe {
            QueryInformationJobObject(
                self.job.as_raw_handle(),
                JobObjectExtendedLimitInformation,
                (&raw mut limits).cast(),
                size,
                ptr::null_mut(),
            )
        })?;
        Ok(u64::try_from(limits.PeakJobMemoryUsed).unwrap_or(u64::MAX))
    }

    /// Everything in it ends with its last handle, and nothing can leave it: the limits that would allow that are not set.
    /// Returns those bounds the system took.
    #[expect(unsafe_code, reason = "all-zero is a valid value")]
    pub(super) fn limit(&self, bounds: Bounds) -> io::Result<Bounds> {
        // SAFETY: it holds integers only.
        let mut limits: JOBOBJECT_EXTENDED_LIMIT_INFORMATION = unsafe { zeroed() };
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
        if let Some(most) = bounds.processes {
            limits.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
            limits.BasicLimitInformation.ActiveProcessLimit =
                u32::try_from(most).unwrap_or(u32::MAX);
        }
        if let Some(most) = bounds.memory_bytes {
            limits.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_JOB_MEMORY;
            limits.JobMemoryLimit = usize::try_from(most).unwrap_or(usize::MAX);
        }
        // A share and a cap cannot both be told to the rate; whoever has less than everybody stands behind everybody.
        if bounds.cpu_weight.is_some_and(|weight| weight < EVERYBODYS) {
            limits.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_PRIORITY_CLASS;
            limits.BasicLimitInformation.PriorityClass = BELOW_NORMAL_PRIORITY_CLASS;
        }
        self.tell(JobObjectExtendedLimitInformation, &limits)?;
        let mut kept = bounds;
        kept.cpu_percent = bounds.cpu_percent.filter(|percent| {
            // Where sessions share the processors fairly the system takes no rate. That costs others time, and no safety.
            let capped = self.cap(*percent);
            capped
                .inspect_err(|error| tracing::debug!(%error, "no rate for a job"))
                .is_ok()
        });
        Ok(kept)
    }

    fn cap(&self, percent: u32) -> io::Result<()> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let processors = u32::try_from(processors).unwrap_or(u32::MAX).max(1);
        let rate = percent.saturating_mul(WHOLE / 100) / processors;
        let mut control = JOBOBJECT_CPU_RATE_CONTROL_INFORMATION {
            ControlFlags: JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP,
            ..Default::default()
        };
        control.Anonymous.CpuRate = rate.clamp(1, WHOLE);
        self.tell(JobObjectCpuRateControlInformation, &control)
    }

    /// To be called before there is a process in it.
    pub(super) fn keep_off_desktop(&self) -> io::Result<()> {
        let limits = JOBOBJECT_BASIC_UI_RESTRICTIONS {
            UIRestrictionsClass: OFF_DESKTOP,
        };
        self.tell(JobObjectBasicUIRestrictions, &limits)?;
        self.off_desktop.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// `limits` has to be what the system takes for `class`.
    #[expect(unsafe_code, reason = "job objects have no safe interface")]
    fn tell<T>(&self, class: JOBOBJECTINFOCLASS, limits: &T) -> io::Result<()> {
        let limits: *const T = limits;
        // SAFETY: the pointer and its size describe `limits`.
        truth(unsafe {
            SetInformationJobObject(
                self.job.as_raw_handle(),
                class,
                limits.cast::<c_void>(),
                size_of::<T>() as u32,
            )
        })
    }
}
