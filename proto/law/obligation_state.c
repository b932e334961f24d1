// SPDX-License-Identifier: Apache-2.0
#include "law/obligation_state.h"

const char *obligation_state_name(enum obligation_state state)
{
    switch (state) {
    case OBLIGATION_OPEN:
        return "open";
    case OBLIGATION_ONE_SIDED:
        return "one-sided";
    case OBLIGATION_MET:
        return "met";
    case OBLIGATION_MET_LATE:
        return "met-late";
    case OBLIGATION_OVERDUE:
        return "overdue";
    case OBLIGATION_EXTENDED:
        return "extended";
    case OBLIGATION_DISPUTED:
        return "disputed";
    case OBLIGATION_WITHDRAWN:
        return "withdrawn";
    case OBLIGATION_UNHEARD:
        return "unheard";
    case OBLIGATION_ENDED:
        return "ended";
    }
    return "";
}

const char *obligation_state_title(enum obligation_state state)
{
    switch (state) {
    case OBLIGATION_OPEN:
        return "办理中";
    case OBLIGATION_ONE_SIDED:
        return "待对方确认";
    case OBLIGATION_MET:
        return "按期完成";
    case OBLIGATION_MET_LATE:
        return "逾期完成";
    case OBLIGATION_OVERDUE:
        return "超期";
    case OBLIGATION_EXTENDED:
        return "已延期";
    case OBLIGATION_DISPUTED:
        return "争议中";
    case OBLIGATION_WITHDRAWN:
        return "已撤回";
    case OBLIGATION_UNHEARD:
        return "待核实";
    case OBLIGATION_ENDED:
        return "已终止";
    }
    return "";
}

const char *obligation_state_light(enum obligation_light light)
{
    switch (light) {
    case LIGHT_NONE:
        return "none";
    case LIGHT_GREEN:
        return "green";
    case LIGHT_AMBER:
        return "amber";
    case LIGHT_RED:
        return "red";
    }
    return "";
}

bool obligation_state_is_closed(enum obligation_state state)
{
    switch (state) {
    case OBLIGATION_MET:
    case OBLIGATION_MET_LATE:
    case OBLIGATION_WITHDRAWN:
    case OBLIGATION_ENDED:
        return true;
    case OBLIGATION_OPEN:
    case OBLIGATION_ONE_SIDED:
    case OBLIGATION_OVERDUE:
    case OBLIGATION_EXTENDED:
    case OBLIGATION_DISPUTED:
    case OBLIGATION_UNHEARD:
        return false;
    }
    return false;
}
