"""What the codes of subscriptions and deliveries are called."""

from services.console.worklists.naming import Names

PAUSES: Names = {
    "failing": ("长时间推送失败，已自动暂停", "paused: nothing was taken for long"),
    "gone": ("接收方答复不再接收（410），已自动暂停", "paused: the receiver wants nothing more (410)"),
}
DELIVERIES: Names = {
    "waiting": ("待推送", "waits"),
    "taken": ("已送达", "taken"),
    "given_up": ("已放弃", "given up"),
}
#: What came of an attempt that nobody answered; an answer is told by its number.
ANSWERS: Names = {
    "ConnectError": ("无法连接", "no connection"),
    "ConnectTimeout": ("连接超时", "no connection in time"),
    "ReadTimeout": ("超时未应答", "no answer in time"),
    "WriteTimeout": ("发送超时", "not sent in time"),
    "PoolTimeout": ("本系统繁忙，未发送", "not sent: too much at once"),
    "ReadError": ("连接中断", "the connection broke"),
    "WriteError": ("连接中断", "the connection broke"),
    "RemoteProtocolError": ("应答不完整", "no whole answer"),
    "TimeoutError": ("超时未应答", "no answer in time"),
    "name_unknown": ("域名无法解析", "nobody knows the name of its host"),
    "not_an_address": ("地址无效", "it is no address"),
    "not_encrypted": ("不是 https 地址", "it is no https address"),
    "address_internal": ("内网地址，不允许推送", "an internal address: nothing is sent there"),
}
